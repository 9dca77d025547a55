"""Tries the files of a release in the environment in which its wheel is installed.

python -m tests.release dist
"""

import os
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
MUST_HOLD = ("tests/conftest.py", "LICENSE", "CITATION.cff", "README.md", "constraints.txt")


def check_source(dist: Path) -> None:
    """Checks that the source archive holds the tests and the documents."""
    (archive,) = dist.glob("*.tar.gz")
    with tarfile.open(archive) as file:
        names = {name.partition("/")[2] for name in file.getnames()}
    missing = [name for name in MUST_HOLD if name not in names]
    assert not missing, f"{archive.name} lacks {missing}"


def run_first_example() -> None:
    """Runs the first example of the README outside of the source tree."""
    example = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)[0]
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    script = f"{example}\nimport keras_snn; print(keras_snn.__file__, keras_snn.__version__)\n"
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run(
            [sys.executable, "-c", script],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
        )
    assert run.returncode == 0, run.stderr[-2000:]
    assert "site-packages" in run.stdout, f"another keras_snn was imported: {run.stdout}"
    print(run.stdout.strip().splitlines()[-1])


if __name__ == "__main__":
    check_source(Path(sys.argv[1]))
    run_first_example()
