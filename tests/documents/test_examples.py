"""Every Python example of the README and the documentation runs, as it stands there."""

import re
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

import keras_snn
from tests.applications.miniatures import mostly_slow
from tests.datasets import writers
from tests.golden import FOLDER

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)
EXAMPLES = {
    page.relative_to(ROOT).as_posix(): blocks
    for page in PAGES
    if (blocks := BLOCK.findall(page.read_text()))
}


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    """An empty folder, and data sets of 32 samples."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "data"))
    load = keras_snn.datasets.load
    monkeypatch.setattr(
        keras_snn.datasets, "load", lambda name, split, **rest: load(name, f"{split}[:32]", **rest)
    )


def write_checkpoint():
    """Writes the authors' checkpoint."""
    torch = pytest.importorskip("torch")
    sys.path.insert(0, str(FOLDER))
    import weights

    arrays = weights.state_dict(FOLDER / "net_sma_vgg_cifar10_dvs.npz")
    state = {key: torch.tensor(np.asarray(value)) for key, value in arrays.items()}
    torch.save(state, "cifar10_dvs.pth")


def write_recordings():
    """Writes ten recordings of a second, in two classes."""
    for number in range(10):
        path = Path("recordings", ("left", "right")[number % 2], f"{number}.aedat4")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(writers.aedat4(writers.random_events(seed=number, length=1_000_000)))


FILES = {"cifar10_dvs.pth": write_checkpoint, '"recordings"': write_recordings}
"""What examples read, and what writes it."""


def test_examples_are_found():
    assert len(EXAMPLES["README.md"]) >= 3
    assert len(EXAMPLES) >= 8


@pytest.mark.usefixtures("workplace")
@pytest.mark.parametrize(
    "page", mostly_slow(EXAMPLES, *(page for page in EXAMPLES if page != "README.md"))
)
def test_examples_of_a_page_run(page):
    names: dict = {"keras": keras, "keras_snn": keras_snn, "np": np}
    for write in (write for read, write in FILES.items() if read in "".join(EXAMPLES[page])):
        write()
    for block in EXAMPLES[page]:
        exec(compile(block, page, "exec"), names)
    model = names.get("model")
    if isinstance(model, keras.Model) and model.input_shape[1:] == (8, 34, 34, 2):
        frames = np.random.default_rng(0).integers(0, 3, (2, 8, 34, 34, 2)).astype("float32")
        assert np.all(np.isfinite(model.predict(frames, verbose=0)))
