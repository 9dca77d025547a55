"""Running statistics measured anew."""

import keras
import numpy as np
import pytest

from keras_snn.callbacks import RefreshStatistics
from keras_snn.layers import LIF, BatchNormalization, MeanOverTime
from keras_snn.training import refresh_statistics


def _two_layers(kind, **options):
    inputs = keras.Input((3, 4), dtype="float64")
    x = kind(name="first", dtype="float64", **options)(inputs)
    x = keras.layers.ReLU(dtype="float64")(x)
    return keras.Model(inputs, kind(name="second", dtype="float64", **options)(x))


def _moments(x, unbiased):
    n = x.size // x.shape[-1]
    return x.mean((0, 1)), x.var((0, 1)) * (n / (n - 1) if unbiased else 1)


@pytest.mark.parametrize("kind", [keras.layers.BatchNormalization, BatchNormalization])
def test_statistics_are_those_of_the_batches_together(kind, rng):
    x = rng.normal(3.0, 2.0, (7, 3, 4))
    model = _two_layers(kind, epsilon=1e-3)
    model.get_layer("first").moving_mean.assign(np.full(4, np.nan))  # nothing of it may stay
    refresh_statistics(model, x, batch_size=4)
    parts = (x[:4], x[4:])
    hidden = [np.maximum((p - p.mean((0, 1))) / np.sqrt(p.var((0, 1)) + 1e-3), 0) for p in parts]
    for name, values in {"first": parts, "second": hidden}.items():
        found = [_moments(part, kind is BatchNormalization) for part in values]
        mean = sum(w * m for w, (m, _) in zip((4 / 7, 3 / 7), found, strict=True))
        square = sum(w * (v + m**2) for w, (m, v) in zip((4 / 7, 3 / 7), found, strict=True))
        layer = model.get_layer(name)
        np.testing.assert_allclose(layer.moving_mean.numpy(), mean, rtol=1e-9)
        np.testing.assert_allclose(layer.moving_variance.numpy(), square - mean**2, rtol=1e-9)
        assert layer.momentum == kind().momentum


def test_nothing_else_changes(rng):
    frozen = BatchNormalization(name="frozen", trainable=False)
    layers = keras.layers.Dropout(0.5), LIF(stateful=True), BatchNormalization()
    model = keras.Sequential([keras.Input((3, 4), batch_size=2), frozen, *layers])
    before = {v.path: v.numpy() for v in model.variables}
    refresh_statistics(model, rng.normal(size=(4, 3, 4)), batch_size=2)
    changed = [v.path for v in model.variables if not np.array_equal(before[v.path], v.numpy())]
    assert [path.rsplit("/", 1)[1] for path in changed] == ["moving_mean", "moving_variance"]
    assert not any("frozen" in path for path in changed)


@pytest.mark.parametrize(
    ("layers", "samples", "argument"),
    [([LIF()], 2, "`model`"), ([BatchNormalization()], 0, "`data`")],
)
def test_nothing_to_measure_is_refused(layers, samples, argument):
    model = keras.Sequential([keras.Input((3, 4)), *layers])
    with pytest.raises(ValueError, match=f"{argument} must have"):
        refresh_statistics(model, np.zeros((samples, 3, 4)))


def _history(callbacks_of):
    """Trains with two steps per epoch on three classes of constant inputs with noise."""
    rng = np.random.default_rng(0)
    centers, y = rng.normal(size=(3, 20)), np.arange(96) % 3
    x = (100 * (centers[y] + 0.3 * rng.normal(size=(96, 20))))[:, None].repeat(4, 1)
    keras.utils.set_random_seed(0)
    inputs = h = keras.Input((4, 20))
    for _ in range(5):
        h = LIF()(BatchNormalization()(keras.layers.Dense(32)(h)))
    model = keras.Model(inputs, keras.layers.Dense(3)(MeanOverTime()(h)))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-2), loss, metrics=["accuracy"])
    validation = (x[64:], y[64:])
    options = {"epochs": 7, "verbose": 0, "callbacks": callbacks_of(x[:64])}
    return model.fit(x[:64], y[:64], validation_data=validation, **options).history


def test_validation_follows_training_with_two_steps_an_epoch():
    plain = _history(lambda x: [])
    refreshed = _history(lambda x: [RefreshStatistics(x)])
    assert refreshed["accuracy"] == plain["accuracy"]  # training does not read them
    assert max(plain["accuracy"]) > 0.8
    assert max(plain["val_accuracy"]) < 0.4  # later layers are silent all the time
    np.testing.assert_allclose(plain["val_loss"], np.log(3), rtol=0.02)
    assert max(refreshed["val_accuracy"]) > 0.8


def test_statistics_are_refreshed_without_validation_too(rng):
    x = rng.normal(3.0, 2.0, (8, 3, 4))
    model = keras.Sequential([keras.Input((3, 4)), BatchNormalization()])
    model.compile("sgd", "mse")
    model.fit(x, x, verbose=0, callbacks=[RefreshStatistics(x)])
    mean, variance = _moments(x, unbiased=True)
    np.testing.assert_allclose(model.layers[0].moving_mean.numpy(), mean, rtol=1e-5)
    np.testing.assert_allclose(model.layers[0].moving_variance.numpy(), variance, rtol=1e-5)
