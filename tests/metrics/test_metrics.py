"""Metrics on sequences, against plain loops."""

import keras
import numpy as np
import pytest

import keras_snn
from keras_snn.functional.masks import set_keras_mask
from keras_snn.metrics import DecisionLatency, SequenceAccuracy

SHAPE = (6, 5, 4)
LABELS = np.array([2, 0, 1, 3, 0, 1])
WEIGHTS = np.array([1.0, 2.0, 0.5, 0.0, 3.0, 1.0])
MASK = np.array(
    [[1, 1, 1, 1, 1], [1, 0, 1, 0, 0], [0, 0, 0, 0, 0], [0, 1, 1, 1, 0]] + [[1] * 5] * 2
)
CASES = [("accuracy", d) for d in ("mean", "last", "step")]
CASES += [("latency", d) for d in ("mean", "last")]


def _values(metric, decision, steps, label):
    """What a sample's kept steps (time, classes) add, value by value."""
    alone = [step.argmax() for step in steps]
    means = [steps[: t + 1].mean(0).argmax() for t in range(len(steps))]
    decisions = means if decision == "mean" else alone
    if metric == "latency":
        stays = [all(d == decisions[-1] for d in decisions[n:]) for n in range(len(steps))]
        return [1 + stays.index(True)]
    judged = decisions if decision == "step" else decisions[-1:]
    return [float(d == label) for d in judged]


def _reference(metric, decision, x, mask, weights):
    pairs = [
        (value, weights[b])
        for b in range(len(x))
        if mask[b].any()
        for value in _values(metric, decision, x[b, mask[b].astype(bool)], LABELS[b])
    ]
    values, parts = np.array(pairs).T
    return (values * parts).sum() / parts.sum()


def _metric(metric, decision):
    kind = {"accuracy": SequenceAccuracy, "latency": DecisionLatency}[metric]
    return kind(decision, dtype="float64")


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize(("metric", "decision"), CASES)
def test_results_over_batches_are_those_of_loops(metric, decision, masked, weighted, rng):
    x = rng.normal(size=SHAPE)
    x[np.arange(6), :, LABELS] += 0.7
    mask, weights = MASK if masked else np.ones(SHAPE[:2]), WEIGHTS if weighted else np.ones(6)
    subject = _metric(metric, decision)
    for batch in (slice(0, 4), slice(4, 6)):
        part = keras.ops.convert_to_tensor(x[batch])
        if masked:
            set_keras_mask(part, keras.ops.convert_to_tensor(mask[batch], dtype="bool"))
        subject.update_state(LABELS[batch], part, weights[batch] if weighted else None)
    wanted = _reference(metric, decision, x, mask, weights)
    assert float(subject.result()) == pytest.approx(wanted, abs=1e-9)
    assert 0 < wanted != 1


@pytest.mark.parametrize("labels", [LABELS[:, None], np.eye(4)[LABELS]])
def test_labels_may_be_columns_or_vectors(labels, rng):
    x = rng.normal(size=SHAPE)
    found = []
    for y in (LABELS, labels):
        accuracy = SequenceAccuracy()
        accuracy.update_state(y, x)
        found.append(float(accuracy.result()))
    assert found[0] == found[1]


def test_steps_may_have_targets_of_their_own(rng):
    x = rng.normal(size=SHAPE)
    accuracy = SequenceAccuracy("step")
    accuracy.update_state(np.eye(4)[x.argmax(-1)], x)
    assert float(accuracy.result()) == 1


def test_models_train_with_them_and_padding_changes_nothing(rng, tmp_path):
    frames = rng.normal(1, 2, (6, 5, 6)).astype("float32")
    padded = np.concatenate([frames, np.zeros((6, 4, 6), "float32")], 1)
    keras.utils.set_random_seed(1)
    inputs = keras.Input((None, 6))
    spikes = keras_snn.layers.LIF()(keras.layers.Dense(9)(keras_snn.layers.FrameMask()(inputs)))
    model = keras.Model(inputs, keras.layers.Dense(4)(spikes))
    metrics = [SequenceAccuracy("last"), DecisionLatency()]
    model.compile("adam", "rate_loss", metrics=metrics)
    model.fit(frames, LABELS, verbose=0)
    wanted = model.evaluate(frames, LABELS, verbose=0)
    assert model.evaluate(padded, LABELS, verbose=0) == pytest.approx(wanted, rel=1e-5)
    model.save(tmp_path / "m.keras")
    loaded = keras.models.load_model(tmp_path / "m.keras")
    assert loaded.evaluate(frames, LABELS, verbose=0) == pytest.approx(wanted, rel=1e-5)


def test_wrong_arguments_are_refused():
    with pytest.raises(ValueError, match="`decision` must be one of 'mean', 'last', 'step'"):
        SequenceAccuracy("vote")
    with pytest.raises(ValueError, match="`decision` must be one of 'mean', 'last'"):
        DecisionLatency("step")
    with pytest.raises(ValueError, match="`y_pred` must have the shape"):
        SequenceAccuracy().update_state(LABELS, np.ones((6, 4)))
    with pytest.raises(ValueError, match="`sample_weight` must have one weight per sample"):
        DecisionLatency().update_state(LABELS, np.ones(SHAPE), np.ones((6, 5)))
