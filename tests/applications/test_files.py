"""Every family saves, loads, clones and exports; a SavedModel runs without keras_snn."""

import copy
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_snn.checkpoints.loading import named_weights
from tests.applications.miniatures import MINIATURES, inputs, liven, miniature, mostly_slow

FAMILIES = ["SMAVGG8", "SMAResNet18", "FSTAResNet19"]


def agree(actual, wanted):
    np.testing.assert_allclose(actual, wanted, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", MINIATURES)
def test_config(name):
    model = miniature(name)
    config = model.get_config()
    again = keras.Model.from_config(copy.deepcopy(config))
    assert again.get_config() == config
    assert [v.shape for v in again.weights] == [v.shape for v in model.weights]


@pytest.mark.parametrize("name", mostly_slow(FAMILIES))
def test_files_and_clones(name, tmp_path):
    model = liven(miniature(name))
    x = inputs(model).astype("float32")
    wanted = model.predict(x, verbose=0)
    model.save(tmp_path / "model.keras")
    agree(keras.models.load_model(tmp_path / "model.keras").predict(x, verbose=0), wanted)
    clone = keras.models.clone_model(model)
    clone.set_weights(model.get_weights())
    agree(clone.predict(x, verbose=0), wanted)
    model.export(tmp_path / "served", verbose=False)
    served = tf.saved_model.load(str(tmp_path / "served"))
    agree(served.serve(x), wanted)
    agree(served.serve(x[:1]), wanted[:1])


ALONE = """
import sys
import numpy as np
import tensorflow as tf
served = tf.saved_model.load("served")
np.save("y.npy", served.serve(np.load("x.npy")).numpy())
assert not any(name.split(".")[0] == "keras_snn" for name in sys.modules)
"""


@pytest.mark.slow
def test_a_saved_model_runs_in_a_process_without_keras_snn(tmp_path):
    model = liven(miniature("VGG8", attention="fsta"))
    x = inputs(model, batch=3).astype("float32")
    np.save(tmp_path / "x.npy", x)
    model.export(tmp_path / "served", verbose=False)
    subprocess.run([sys.executable, "-c", ALONE], cwd=tmp_path, check=True, timeout=300)
    agree(np.load(tmp_path / "y.npy"), model.predict(x, verbose=0))


@pytest.mark.parametrize("name", FAMILIES)
def test_training_reaches_every_kernel(name):
    model = liven(miniature(name))
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
    before = {path: np.array(v.numpy()) for path, v in named_weights(model).items()}
    loss = model.train_on_batch(inputs(model, batch=4), np.array([0, 1, 2, 3]))
    assert np.isfinite(loss)
    # A bias before batch normalisation has no gradient, a hidden unit of SMA may be off.
    untouched = [
        path
        for path, variable in named_weights(model).items()
        if path.endswith("kernel")
        and "branch" not in path
        and np.array_equal(variable, before[path])
    ]
    assert not untouched


@pytest.mark.parametrize(
    ("name", "policy"),
    [
        ("SMAResNet18", "mixed_bfloat16"),
        ("FSTAResNet19", "mixed_float16"),
        pytest.param("SMAVGG8", "mixed_float16", marks=pytest.mark.slow),
    ],
)
def test_half_precision_trains_and_has_logits_in_single_precision(name, policy):
    keras.config.set_dtype_policy(policy)
    model = liven(miniature(name))
    assert model.outputs[0].dtype == "float32"
    model.compile(keras.optimizers.SGD(0.01), "sparse_categorical_crossentropy")
    loss = model.train_on_batch(inputs(model), np.array([0, 1]))
    assert np.isfinite(loss)
