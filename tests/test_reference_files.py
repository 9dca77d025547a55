"""Reference values and files of earlier versions are those that were recorded."""

import hashlib
from pathlib import Path

FOLDER = Path(__file__).parent / "data"
LIST = FOLDER / "SHA256SUMS"


def test_every_file_has_its_recorded_checksum():
    recorded = dict(reversed(line.split("  ")) for line in LIST.read_text().splitlines())
    files = [path for path in FOLDER.rglob("*") if path.suffix in (".npz", ".keras", ".h5")]
    found = {
        path.relative_to(FOLDER).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }
    assert found == recorded
