"""Losses on sequences against NumPy."""

import keras
import numpy as np
import pytest

import keras_snn
from keras_snn.losses import TemporalEfficientTraining

LABELS = np.array([2, 0])


def _reference(logits, weight, threshold):
    """The mean over samples and steps, by loops, and its gradient."""
    loss, gradient = 0.0, np.zeros_like(logits)
    for b, t in np.ndindex(logits.shape[:2]):
        o = logits[b, t]
        p = np.exp(o) / np.exp(o).sum()
        loss += -(1 - weight) * np.log(p[LABELS[b]]) + weight * np.mean((o - threshold) ** 2)
        gradient[b, t] = (1 - weight) * (p - np.eye(len(o))[LABELS[b]])
        gradient[b, t] += weight * 2 * (o - threshold) / len(o)
    count = logits.shape[0] * logits.shape[1]
    return loss / count, gradient / count


@pytest.mark.parametrize("labels", [LABELS, LABELS[:, None], np.eye(4)[LABELS]])
@pytest.mark.parametrize("weight", [0.0, 0.3])
def test_tet_and_its_gradient_equal_numpy(labels, weight, rng):
    import tensorflow as tf

    logits = rng.normal(size=(2, 3, 4))
    sparse = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    dense = keras.losses.CategoricalCrossentropy(from_logits=True)
    loss = TemporalEfficientTraining(
        dense if labels.shape == (2, 4) else sparse, weight, 0.5, dtype="float64"
    )
    x = tf.constant(logits)
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = loss(labels, x)
    wanted, gradient = _reference(logits, weight, 0.5)
    np.testing.assert_allclose(value, wanted, rtol=0, atol=1e-9)
    np.testing.assert_allclose(tape.gradient(value, x), gradient, rtol=0, atol=1e-9)


def test_tet_leaves_masked_steps_out(rng):
    p = keras.ops.softmax(keras.ops.convert_to_tensor(rng.normal(size=(2, 5, 4)), "float32"))
    loss = TemporalEfficientTraining()
    short = loss(LABELS, p[:, :3])
    p._keras_mask = keras.ops.convert_to_tensor(np.arange(5) < 3)[None] & np.ones((2, 1), bool)
    np.testing.assert_allclose(loss(LABELS, p), short, rtol=1e-6)


def test_tet_weighs_samples(rng):
    p = keras.ops.softmax(keras.ops.convert_to_tensor(rng.normal(size=(2, 5, 4)), "float32"))
    loss = TemporalEfficientTraining()
    weighted = loss(LABELS, p, sample_weight=np.array([2.0, 0.0]))
    np.testing.assert_allclose(weighted, loss(LABELS[:1], p[:1]), rtol=1e-6)


def test_sequences_with_integer_labels_train_with_tet(rng, tmp_path):
    inputs = keras.Input((5, 6))
    spikes = keras_snn.layers.LIF()(keras.layers.Dense(8)(inputs))
    model = keras.Model(inputs, keras.layers.Dense(4, activation="softmax")(spikes))
    model.compile("adam", TemporalEfficientTraining())
    model.fit(rng.normal(2, 1, (2, 5, 6)), LABELS, verbose=0)
    model.save(tmp_path / "m.keras")
    loaded = keras.models.load_model(tmp_path / "m.keras")
    assert isinstance(loaded.loss, TemporalEfficientTraining)
    loss = TemporalEfficientTraining(temporal_weight=0.1)
    config = keras.saving.serialize_keras_object(loss)
    assert keras.saving.deserialize_keras_object(config).get_config() == loss.get_config()


def test_wrong_arguments_are_refused():
    with pytest.raises(ValueError, match="`temporal_weight` must be at most 1"):
        TemporalEfficientTraining(temporal_weight=1.5)
    with pytest.raises(ValueError, match="`y_pred` must have the shape"):
        TemporalEfficientTraining()(LABELS, np.ones((2, 4)) / 4)
