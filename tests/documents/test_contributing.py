"""The recipes of CONTRIBUTING.md work: carried out in a copy, their tests pass."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

GAIN = '''
"""Gain."""

from typing import Any

import keras


@keras.saving.register_keras_serializable(package="keras_snn")
class Gain(keras.layers.Layer):
    """Multiplies its inputs by 2."""

    causal = True

    def call(self, inputs: Any) -> Any:
        return 2.0 * keras.ops.cast(inputs, self.compute_dtype)

    def macs(self, input_shape: Any) -> int:
        return 0
'''
GAIN_TEST = """
import numpy as np

from keras_snn.layers import Gain


def test_gain_doubles():
    assert np.array_equal(Gain()(np.ones((1, 2, 3))), np.full((1, 2, 3), 2.0))
"""
WIDE_NETWORK = '''
WIDE = replace(PLAIN, title="WideVGG8", filters=(64, 128, 256, 512, 1024))


@network(WIDE)
def WideVGG8(**options: Unpack[VGGOptions]) -> keras.Model:
    """Builds VGG8 with twice the filters in its last block."""
    return build(WIDE, options)


__all__ = ["SMAVGG8", "VGG8", "WideVGG8", "decode_predictions", "preprocess_input"]
'''
TINY = '''
"""Tiny."""

from pathlib import Path
from typing import Any, ClassVar

from keras_snn.datasets.archive_builder import ArchiveDatasetBuilder, Sample, samples_of
from keras_snn.datasets.archives import zip_entries
from keras_snn.datasets.builders import tfds
from keras_snn.datasets.readers.atis import read_atis


class Tiny(ArchiveDatasetBuilder):
    """Two classes."""

    name = "tiny"
    VERSION = tfds.core.Version("1.0.0")
    SENSOR_SIZE = (8, 8, 2)
    CLASS_NAMES = ("left", "right")
    TIME_STEPS = 3
    PUBLISHED: ClassVar = {"train": 20, "test": 4}
    SOURCE = "https://example.org/tiny"
    LICENSE = "CC0"
    ARCHIVES: ClassVar = {"train.zip": "00", "test.zip": "00"}

    def samples(self, archives: list[Path]) -> dict[str, list[Sample]]:
        return {
            split: samples_of(zip_entries(path, ".bin"), self.CLASS_NAMES, _read)
            for split, path in zip(("train", "test"), archives, strict=True)
        }


def _read(entry: Any) -> Any:
    return read_atis(entry, (8, 8))[0]
'''
TINY_TEST = """
import keras_snn.datasets
from tests.datasets import writers
from tests.datasets.small_archives import md5_of, write_zip


def test_tiny_is_loaded(tmp_path):
    folder = keras_snn.datasets.info("tiny", tmp_path).archive_dir
    for split, number in (("train", 20), ("test", 4)):
        events = writers.atis(writers.random_events(50, (8, 8)))
        names = ("left", "right")
        files = {f"{split}/{names[k % 2]}/{k}.bin": events for k in range(number)}
        write_zip(folder / f"{split}.zip", files)
    md5 = md5_of(folder / "train.zip", folder / "test.zip")
    samples = list(keras_snn.datasets.load("tiny", "test", data_dir=tmp_path, md5=md5))
    assert sorted(int(label) for _, label in samples) == [0, 0, 1, 1]
    assert samples[0][0].shape == (3, 8, 8, 2)
"""

RECIPES = {
    "Add a layer": {
        "keras_snn/layers/<name>.py": GAIN,
        "keras_snn/layers/__init__.py": [
            ("from keras_snn.layers.fsta import", "from keras_snn.layers.gain import Gain\n"),
            ('    "FSTA",', '    "Gain",\n'),
        ],
        "tests/layers/test_contract.py": [
            ("SUBJECTS = {\n", '    "Gain": (lambda **k: layers.Gain(**k), SEQUENCE),\n'),
        ],
        "tests/layers/test_<name>.py": GAIN_TEST,
    },
    "Add a network": {
        "keras_snn/applications/<family>.py": WIDE_NETWORK,
        "keras_snn/applications/__init__.py": [
            ("import SMAVGG8, VGG8", "from keras_snn.applications.vgg import WideVGG8\n"),
            ('    "VGG8",', '    "WideVGG8",\n'),
        ],
        "tests/applications/test_counts.py": [("COUNTS = {\n", '    "WideVGG8": 27_258_826,\n')],
        "tests/applications/miniatures.py": [
            ("MINIATURES = {\n", '    "WideVGG8": {**VGG, "input_shape": FRAMES},\n'),
        ],
    },
    "Add a data set": {
        "keras_snn/datasets/<name>.py": TINY,
        "keras_snn/datasets/catalog.py": [
            ("import NMNIST\n", "from keras_snn.datasets.tiny import Tiny\n"),
            ("BUILDERS: dict[str, type[EventDatasetBuilder]] = {\n", '    "tiny": Tiny,\n'),
        ],
        "tests/datasets/test_<name>.py": TINY_TEST,
    },
}
"""What each file of a recipe becomes: a new file or its end, or lines behind a given line."""

NAMES = {"Add a layer": "gain", "Add a network": "vgg", "Add a data set": "tiny"}
TESTS = {
    "Add a layer": [
        "tests/layers/test_contract.py",
        "tests/layers/test_gain.py",
        "-k",
        "gain or row",
    ],
    "Add a network": [
        "tests/applications/test_counts.py",
        "tests/applications/test_builders.py",
        "tests/analysis/test_macs.py",
        "-k",
        "WideVGG8 or row",
    ],
    "Add a data set": ["tests/datasets/test_tiny.py"],
}


def files_of(recipe):
    """The files that the steps of a recipe begin with."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    (section,) = re.findall(rf"## {recipe}\n(.*?)\n## ", text, re.DOTALL)
    return re.findall(r"^\d\. `(.*?)`", section, re.MULTILINE)


@pytest.fixture
def copy(tmp_path):
    """A copy of the library and its tests."""
    for folder in ("keras_snn", "tests"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignored)
    shutil.copy(ROOT / "setup.cfg", tmp_path)
    return tmp_path


def carry_out(changes, path):
    if isinstance(changes, str):
        before = path.read_text() if path.exists() else ""
        path.write_text(before + changes)
        return
    lines = path.read_text().splitlines(keepends=True)
    for anchor, text in changes:
        (place,) = [n for n, line in enumerate(lines) if anchor.rstrip("\n") in line]
        lines.insert(place + 1, text)
    path.write_text("".join(lines))


@pytest.mark.slow
@pytest.mark.parametrize("recipe", RECIPES)
def test_recipe_works(recipe, copy):
    assert files_of(recipe) == list(RECIPES[recipe])
    for file, changes in RECIPES[recipe].items():
        carry_out(changes, copy / re.sub("<.*>", NAMES[recipe], file))
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS[recipe]],
        env={**os.environ, "PYTHONPATH": str(copy)},
        cwd=copy,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout[-3000:]


@pytest.mark.parametrize("recipe", RECIPES)
def test_files_of_a_recipe_exist(recipe):
    for file in files_of(recipe):
        path = ROOT / file
        assert path.parent.is_dir() if "<" in file else path.is_file(), file
