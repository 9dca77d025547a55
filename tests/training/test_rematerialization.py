"""A network whose activations are computed anew trains as the network itself, to rounding."""

import keras
import numpy as np
import pytest

from keras_snn import layers
from keras_snn.graphs.segments import _best, _pieces, kept, segments_of
from keras_snn.training import Rematerialized, rematerialize
from tests.applications.miniatures import inputs, liven, miniature, mostly_slow

FAMILIES = ["SMAVGG8", "SMAResNet18", "MSResNet18", "FSTAResNet20", "SpikingResNet19"]
EAGER = ("SMAVGG8", True)


def trained(model, subject, x, y, steps=2, loss="sparse_categorical_crossentropy", **arguments):
    """Losses and all variables of `model` after steps of `subject`, from the same start."""
    start = [keras.ops.convert_to_numpy(v) for v in model.variables]
    subject.compile(keras.optimizers.SGD(0.1), loss, **arguments)
    losses = [subject.train_on_batch(x, y) for _ in range(steps)]
    after = [keras.ops.convert_to_numpy(v) for v in model.variables]
    for variable, value in zip(model.variables, start, strict=True):
        variable.assign(value)
    return losses, after


@pytest.mark.parametrize(
    ("name", "run_eagerly"),
    mostly_slow([(name, False) for name in FAMILIES] + [EAGER], ("SMAVGG8", False), EAGER),
)
def test_training_equals_that_of_the_network(name, run_eagerly, float64):
    model = liven(miniature(name))
    x, y = inputs(model, batch=3), np.array([1, 4, 2])
    wanted = trained(model, model, x, y)
    light = rematerialize(model)
    assert any(isinstance(layer, Rematerialized) for layer in light.layers)
    actual = trained(model, light, x, y, run_eagerly=run_eagerly)
    np.testing.assert_allclose(actual[0], wanted[0], rtol=1e-9)
    for variable, a, b in zip(model.variables, actual[1], wanted[1], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12, err_msg=variable.path)


def test_weights_are_shared_and_outputs_equal():
    model = liven(miniature("SMAVGG8"))
    light = rematerialize(model)
    x = inputs(model).astype("float32")
    np.testing.assert_allclose(light.predict(x, verbose=0), model.predict(x, verbose=0), rtol=1e-5)
    assert {id(v) for v in light.variables} == {id(v) for v in model.variables}
    assert light.count_params() == model.count_params()


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_fit_in_mixed_precision(policy):
    keras.config.set_dtype_policy(policy)
    light = rematerialize(miniature("VGG8"))
    light.compile("adam", "sparse_categorical_crossentropy")
    x, y = np.random.rand(5, *light.input_shape[1:]), np.arange(5)
    history = light.fit(x, y, batch_size=2, verbose=0, shuffle=False).history
    assert np.isfinite(history["loss"]).all()


def test_fit_compiled_by_xla():
    light = rematerialize(chain())
    light.compile("sgd", "mse", jit_compile=True)
    x = np.random.rand(4, *light.input_shape[1:])
    assert np.isfinite(light.fit(x, np.zeros((4, 2)), verbose=0).history["loss"]).all()


def chain():
    """Two blocks and a dense layer."""
    x = model_inputs = keras.Input((3, 6, 5, 2))
    for name in ("first", "second"):
        conv = keras.layers.Conv2D(4, 3, padding="same")
        x = layers.TimeDistributed(conv, name=name)(x)
        x = layers.BatchNormalization(name=f"{name}_bn")(x)
        x = layers.LIF(name=f"{name}_lif")(x)
    x = keras.layers.Dense(2, name="dense")(keras.layers.Flatten(name="flatten")(x))
    return keras.Model(model_inputs, x)


def test_files_and_config(tmp_path):
    model = liven(chain())
    light = rematerialize(model)
    x = inputs(model).astype("float32")
    light.save(tmp_path / "light.keras")
    loaded = keras.models.load_model(tmp_path / "light.keras")
    np.testing.assert_allclose(loaded.predict(x, verbose=0), model.predict(x, verbose=0), rtol=1e-5)


@pytest.mark.parametrize("name", FAMILIES)
def test_segments_are_the_network_and_keep_less(name):
    model = liven(miniature(name))
    x = wanted = inputs(model).astype("float32")
    for segment in segments_of(model):
        x = segment.network(x)
    np.testing.assert_allclose(x, model(wanted), rtol=1e-5, atol=1e-6)
    pieces = _pieces(model)
    assert kept(_best(pieces)) < kept([pieces])


def test_every_cut_of_a_small_chain_was_considered():
    pieces = _pieces(chain())
    best = min(map(kept, _groupings(pieces)))
    assert kept(_best(pieces)) == best


def _groupings(pieces):
    """All ways to cut a list."""
    if len(pieces) == 1:
        yield [pieces]
        return
    for rest in _groupings(pieces[1:]):
        yield [[pieces[0]], *rest]
        yield [[pieces[0], *rest[0]], *rest[1:]]


def masked(mask_layer, *, per_step):
    """Neurons and batch normalizations that a mask reaches, in and behind the segments."""
    model_inputs = keras.Input((5, 6), dtype="float64")
    x = mask_layer(model_inputs)
    for _ in range(3):
        x = layers.BatchNormalization()(keras.layers.Dense(6)(x))
        x = layers.LIF(v_threshold=0.2)(x)
    x = x if per_step else layers.MeanOverTime()(x)
    return keras.Model(model_inputs, keras.layers.Dense(2)(x))


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("per_step", [False, True])
@pytest.mark.parametrize("make", [keras.layers.Masking, layers.FrameMask])
def test_masks_go_through_the_segments(make, per_step, rng, tmp_path):
    keras.utils.set_random_seed(2)
    model = masked(make(), per_step=per_step)
    x, y = rng.normal(1, 2, (4, 5, 6)), rng.normal(size=(4, 5, 2) if per_step else (4, 2))
    x[0, 3:] = x[2, 1:] = 0
    light = rematerialize(model)
    assert any(isinstance(layer, Rematerialized) for layer in light.layers)
    wanted = _trained(model, model, x, y)
    for subject in (light, _saved_and_loaded(light, tmp_path)):
        losses, weights = _trained(subject, subject, x, y)
        np.testing.assert_allclose(losses, wanted[0], rtol=1e-9)
        for a, b in zip(weights, wanted[1], strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)
    x[0, 3:] = 1  # without the mask the losses are others
    assert abs(_trained(model, model, x, y)[0][0] - wanted[0][0]) > 1e-3


def _trained(model, subject, x, y):
    return trained(model, subject, x, y, loss="mse")


def _saved_and_loaded(model, folder):
    model.save(folder / "light.keras")
    return keras.models.load_model(folder / "light.keras")


def two_inputs():
    a, b = keras.Input((3, 4)), keras.Input((3, 4))
    return keras.Model([a, b], keras.layers.Add()([a, b]))


def with_activity_loss():
    model_inputs = keras.Input((3, 4))
    x = keras.layers.Dense(4, activity_regularizer="l2")(model_inputs)
    return keras.Model(model_inputs, keras.layers.Dense(2)(layers.LIF()(x)))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (two_inputs, "`model` must .*one input and one output"),
        (lambda: layers.LIF(), "`model` must be a functional or sequential model"),
        (lambda: keras.Sequential([layers.LIF()]), "`model` must be .*built"),
        (with_activity_loss, "activity_regularizer"),
        (lambda: keras.Sequential([keras.Input((3, 4)), layers.LIF()]), "`model` must have inner"),
    ],
)
def test_what_cannot_be_rematerialized(make, words):
    with pytest.raises(ValueError, match=words):
        rematerialize(make())
