"""Every example in a docstring runs, and what it shows is what it prints."""

import contextlib
import doctest
import functools
import importlib
import io
import re
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_snn
from keras_snn import applications
from tests.applications.miniatures import liven
from tests.checkpoints.pytorch_names import state_dict, write
from tests.datasets import writers

ROOT = Path(__file__).parents[2]
SLOW = (
    "applications/from_pytorch.py",
    "checkpoints/loading.py",
    "export/litert.py",
    "export/onnx.py",
    "export/savedmodel.py",
    "export/stream.py",
    "training/rematerialization.py",
    "training/truncation.py",
)
FILES = {
    path.relative_to(ROOT / "keras_snn").as_posix(): len(re.findall(r"^ *>>> ", text, re.MULTILINE))
    for path in sorted((ROOT / "keras_snn").rglob("*.py"))
    if ">>> " in (text := path.read_text())
}
SMALL = {"input_shape": (4, 32, 32, 2), "filters": (8,) * 5, "units": (16, 16), "classes": 3}


class Checker(doctest.OutputChecker):
    """An example that shows no output may print any; a shape is a tuple on every backend."""

    def check_output(self, want, got, optionflags):
        got = re.sub(r"TensorShape\(\[(.*)\]\)", r"(\1)", got)
        return not want or super().check_output(want, got, optionflags)


def classifier():
    """A network of ReLUs, as `conversion` takes them."""
    layers = [keras.layers.Flatten(), keras.layers.Dense(3, "relu"), keras.layers.Dense(3)]
    return keras.Sequential([keras.Input((8, 8, 1)), *layers])


def exchangeable():
    """A network that NIR can say."""
    return keras.Sequential([keras.Input((4, 6)), keras.layers.Dense(3), keras_snn.layers.LIF()])


MODELS = {
    "visualization/attention.py": functools.partial(applications.SMAVGG8, **SMALL),
    "export/nir.py": exchangeable,
}


def names_of(path):
    """What the examples of a file take for granted: a trained network, and data for it."""
    model = liven(MODELS.get(path, functools.partial(applications.VGG8, **SMALL))())
    model.compile("sgd", "sparse_categorical_crossentropy")
    x, y = np.random.default_rng(0).poisson(0.5, (4, *SMALL["input_shape"])) * 1.0, np.arange(4) % 3
    names = {"keras": keras, "keras_snn": keras_snn, "np": np, "tf": tf, "model": model}
    return {**names, "x": x, "y": y, "data": (x, y)}


def write_files(path):
    """The files that the examples of a file read."""
    if "cifar10_dvs.pth" in (ROOT / "keras_snn" / path).read_text():
        network = applications.SMAVGG8(input_shape=(10, 128, 128, 2))
        write(Path("cifar10_dvs.pth"), state_dict(network))
    if path == "checkpoints/nir.py":
        pytest.importorskip("nir")
        keras_snn.export.export_nir(exchangeable(), "network.nir", dt=1e-4)
    Path("recording.aedat4").write_bytes(writers.aedat4(writers.random_events()))


# The monitor of firing rates warns as it should.
@pytest.mark.filterwarnings("ignore:Layer .* is:UserWarning")
@pytest.mark.parametrize(
    "path", [pytest.param(p, marks=pytest.mark.slow if p in SLOW else ()) for p in FILES]
)
def test_examples_run(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_files(path)
    name = ".".join(["keras_snn", *Path(path).with_suffix("").parts]).removesuffix(".__init__")
    module = importlib.import_module(name)
    found = doctest.DocTestFinder().find(module, globs={**vars(module), **names_of(path)})
    assert sum(len(test.examples) for test in found) == FILES[path], "an example is not found"
    runner = doctest.DocTestRunner(Checker(), optionflags=doctest.ELLIPSIS)
    said = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()):  # of `fit`
        for test in found:
            runner.run(test, out=said.write)
    assert runner.failures == 0, said.getvalue()
