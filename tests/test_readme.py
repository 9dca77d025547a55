"""Every Python example of the README runs, as it stands there."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest

import keras_snn
from tests.golden import FOLDER

README = Path(__file__).parents[1] / "README.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
TITLES = [example.splitlines()[0] for example in EXAMPLES]


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    """An empty folder with the authors' checkpoint, and data sets of 32 samples."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "data"))
    load = keras_snn.datasets.load
    monkeypatch.setattr(
        keras_snn.datasets, "load", lambda name, split, **rest: load(name, f"{split}[:32]", **rest)
    )


@pytest.fixture
def checkpoint(workplace):
    torch = pytest.importorskip("torch")
    sys.path.insert(0, str(FOLDER))
    import weights

    arrays = weights.state_dict(FOLDER / "net_sma_vgg_cifar10_dvs.npz")
    state = {key: torch.tensor(np.asarray(value)) for key, value in arrays.items()}
    torch.save(state, "cifar10_dvs.pth")


def test_examples_are_found():
    assert len(EXAMPLES) >= 3


@pytest.mark.usefixtures("checkpoint")
@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_example_runs(example):
    names: dict = {"keras_snn": keras_snn}
    exec(compile(example, str(README), "exec"), names)
    model = names["model"]
    if model.input_shape[1:] == (8, 34, 34, 2):
        frames = np.random.default_rng(0).integers(0, 3, (2, 8, 34, 34, 2)).astype("float32")
        assert np.all(np.isfinite(model.predict(frames, verbose=0)))
