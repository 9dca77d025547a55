"""Losses on rates, counts, membranes and first spikes, against plain loops in NumPy."""

import keras
import numpy as np
import pytest

import keras_snn
from keras_snn import losses
from tests.losses import reference
from tests.processes import run_on

EVERY_LOSS = pytest.mark.parametrize("name", reference.NAMES)


def _equal(found, case):
    for part, wanted in zip(found, reference.loss_and_gradient(*case), strict=True):
        np.testing.assert_allclose(part, wanted, rtol=0, atol=1e-9, err_msg=str(case))


@pytest.mark.parametrize("case", reference.CASES, ids=str)
def test_loss_and_gradient_equal_numpy(case):
    _equal(reference.computed(*case), case)


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_loss_and_gradient_equal_numpy_on_every_backend(backend, tmp_path):
    pytest.importorskip(backend)
    run_on(backend, "tests.losses.reference", tmp_path / "found.npz", double=True)
    found = list(np.load(tmp_path / "found.npz").values())
    for number, case in enumerate(reference.CASES):
        samples = reference.kept(case[2]).any(1).sum()
        _equal([part / samples for part in found[2 * number : 2 * number + 2]], case)


@EVERY_LOSS
def test_nan_stays_visible(name):
    x = np.array(reference.outputs(name))
    x[0, 1, 2] = np.nan
    assert np.isnan(float(getattr(losses, name)()(reference.LABELS, x)))


@EVERY_LOSS
def test_labels_may_be_integers_or_vectors(name):
    loss, x = getattr(losses, name)(), reference.outputs(name)
    wanted = float(loss(reference.LABELS, x))
    assert float(loss(reference.LABELS[:, None], x)) == pytest.approx(wanted)
    assert float(loss(np.eye(4)[reference.LABELS], x)) == pytest.approx(wanted)
    assert np.isnan(float(loss(np.array([2, 0, 4]), x))), "4 is no class"


@EVERY_LOSS
def test_sample_weights_weigh_samples(name):
    loss, x = getattr(losses, name)(), reference.outputs(name)
    weighted = loss(reference.LABELS, x, sample_weight=np.array([3.0, 0.0, 0.0]))
    assert float(weighted) == pytest.approx(float(loss(reference.LABELS[:1], x[:1])))
    with pytest.raises(ValueError, match="`sample_weight` must have one weight per sample"):
        loss(reference.LABELS, x, sample_weight=np.ones((3, 5)))


@pytest.mark.parametrize(
    ("string", "kind"),
    [
        ("rate_loss", losses.RateLoss),
        ("count_loss", losses.CountLoss),
        ("max_membrane_loss", losses.MaxMembraneLoss),
        ("first_spike_time_loss", losses.FirstSpikeTimeLoss),
        ("FirstSpikeTimeLoss", losses.FirstSpikeTimeLoss),
        ("tet", losses.TemporalEfficientTraining),
    ],
)
def test_compile_takes_a_string(string, kind, rng, tmp_path):
    inputs = keras.Input((5, 6))
    spikes = keras_snn.layers.LIF(v_threshold=0.3)(keras.layers.Dense(4)(inputs))
    model = keras.Model(inputs, keras.layers.Softmax()(spikes) if string == "tet" else spikes)
    model.compile("adam", string)
    before = model.get_weights()[0]
    model.fit(rng.normal(0.5, 1, (3, 5, 6)), reference.LABELS, verbose=0)
    assert np.abs(model.get_weights()[0] - before).max() > 0
    assert isinstance(keras.losses.get(string), kind)
    model.save(tmp_path / "m.keras")
    assert keras.models.load_model(tmp_path / "m.keras").loss == string


@EVERY_LOSS
def test_losses_go_through_files(name, rng, tmp_path):
    loss = getattr(losses, name)("mse", off_target=0.25, name="own")
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(loss))
    assert type(again) is type(loss)
    assert again.get_config() == loss.get_config()


def test_padding_changes_no_loss_in_training(rng):
    frames = rng.normal(1, 2, (3, 5, 6)).astype("float32")
    padded = np.concatenate([frames, np.zeros((3, 4, 6), "float32")], 1)
    found = []
    for x in (frames, padded):
        keras.utils.set_random_seed(1)
        inputs = keras.Input((None, 6))
        masked = keras_snn.layers.FrameMask()(inputs)
        spikes = keras_snn.layers.LIF()(keras.layers.Dense(4, bias_initializer="ones")(masked))
        model = keras.Model(inputs, spikes)
        model.compile("sgd", losses.CountLoss("mse"))
        found.append(model.evaluate(x, reference.LABELS, verbose=0))
    assert found[0] == pytest.approx(found[1], rel=1e-6)
    assert found[0] > 0


def test_a_silent_network_learns_to_spike_first(rng):
    """Zeros everywhere: rates have no gradient to tell apart, times to the first spike have."""
    x = rng.random((30, 1, 8)).repeat(6, axis=1)
    y = x[:, 0, :3].argmax(-1)
    inputs = keras.Input((6, 8))
    model = keras.Model(inputs, keras_snn.layers.LIF()(keras.layers.Dense(3)(inputs)))
    model.compile(keras.optimizers.Adam(0.02), "first_spike_time_loss")
    history = model.fit(x, y, epochs=60, verbose=0).history["loss"]
    assert history[-1] < 0.6 * np.log(3)


def test_wrong_arguments_are_refused():
    with pytest.raises(ValueError, match="`loss` must be one of 'crossentropy', 'mse'"):
        losses.RateLoss("hinge")
    with pytest.raises(ValueError, match='`on_target` must be None unless `loss` is "mse"'):
        losses.CountLoss(on_target=3)
    with pytest.raises(ValueError, match="`off_target` must be a finite number"):
        losses.CountLoss("mse", off_target=float("nan"))
    with pytest.raises(ValueError, match="`y_pred` must have the shape"):
        losses.RateLoss()(reference.LABELS, np.ones((3, 4)))
