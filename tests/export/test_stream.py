"""Windows of a recording, one after the other, against the whole sequence."""

import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_snn import layers
from keras_snn.export import export_stream
from tests.applications.miniatures import inputs, liven, miniature
from tests.export.streams import agree, network, recording, with_attention


@pytest.mark.parametrize("time_steps", [1, 2, 3])
def test_windows_put_together_are_the_whole_sequence(time_steps, tmp_path):
    model = network()
    path = export_stream(model, tmp_path / "stream", batch_size=2, time_steps=time_steps)
    assert path == tmp_path / "stream"
    stream = tf.saved_model.load(str(path))
    x = recording(model)
    windows = np.split(x, 6 // time_steps, axis=1)
    wanted = model.predict(x, verbose=0)
    for _ in range(2):
        agree(np.concatenate([stream.step(w) for w in windows], axis=1), wanted)
        stream.reset()


def follow(model, path, x, time_steps=2, **options):
    """Outputs of a stream at every step."""
    stream = tf.saved_model.load(str(export_stream(model, path, len(x), time_steps, **options)))
    steps = np.split(x, x.shape[1] // time_steps, axis=1)
    stream.step(steps[-1])
    stream.reset()
    return [np.asarray(stream.step(step)) for step in steps]


def test_networks_inside_the_network_are_part_of_it(tmp_path):
    inner = network()
    inner.trainable = False
    model_inputs = keras.Input((6, 5, 6, 2))
    x = layers.LIF(v_threshold=0.2, name="lif")(inner(model_inputs))
    nested = keras.Sequential(
        [keras.Input((6, 4)), keras.layers.Dense(3), layers.LeakyIntegrator()]
    )
    model = liven(keras.Model(model_inputs, nested(x)))
    x = recording(model)
    outputs = follow(model, tmp_path / "stream", x)
    agree(np.concatenate(outputs, axis=1), model.predict(x, verbose=0))
    assert np.ptp(outputs) > 0.01


HEADS = {
    "MeanOverTime": layers.MeanOverTime(),
    "GlobalAveragePooling3D": keras.layers.GlobalAveragePooling3D(data_format="channels_last"),
    "ops.mean": lambda x: keras.ops.mean(x, 1),
    "ops.mean of maps": lambda x: keras.ops.mean(x, 1),
}


@pytest.mark.parametrize("head", HEADS)
def test_every_mean_over_time_becomes_a_running_mean(head, tmp_path):
    model_inputs = keras.Input((6, 3, 2, 4))
    x = layers.LIF(v_threshold=0.3)(model_inputs)
    flat = layers.TimeDistributed(keras.layers.Flatten())
    x = x if head in ("GlobalAveragePooling3D", "ops.mean of maps") else flat(x)
    model = keras.Model(model_inputs, keras.layers.Dense(3, use_bias=False)(HEADS[head](x)))
    x = recording(model)
    outputs = follow(model, tmp_path / "stream", x)
    for number, output in enumerate(outputs, 1):
        silent = np.full_like(x, -9)  # later steps without a spike, which count in the mean
        silent[:, : 2 * number] = x[:, : 2 * number]
        agree(output, model.predict(silent, verbose=0) * 3 / number)


@pytest.mark.parametrize(
    "attention", [layers.SMA((1, 3), 1, 2), layers.FSTA(2)], ids=["sma", "fsta"]
)
def test_attention_follows_over_a_sliding_window(attention, tmp_path):
    model = with_attention(attention, 4)
    x = recording(model, time_steps=8)
    outputs = follow(model, tmp_path / "stream", x, window=4)
    before = np.concatenate([np.zeros_like(x[:, :4]), x], axis=1)
    for number, output in enumerate(outputs, 1):
        agree(output, model.predict(before[:, 2 * number : 2 * number + 4], verbose=0))
    assert np.ptp(outputs) > 0.01


def test_without_a_reset_the_membranes_go_on(tmp_path):
    model = network()
    stream = tf.saved_model.load(str(export_stream(model, tmp_path / "stream")))
    frame = recording(model, 1)[:, :1]
    assert not np.array_equal(stream.step(frame), stream.step(frame))


@pytest.mark.parametrize("v_reset", [None, -0.4])
def test_a_mean_over_time_is_that_of_everything_since_the_reset(v_reset, tmp_path):
    model = network(mean=True, v_reset=v_reset, time_steps=None)
    stream = tf.saved_model.load(str(export_stream(model, tmp_path / "stream", 2, 2)))
    x = recording(model)
    stream.step(x[:, 4:])
    stream.reset()
    for last in (2, 4, 6):
        agree(stream.step(x[:, last - 2 : last]), model.predict(x[:, :last], verbose=0))


def test_the_model_is_left_as_it_was(tmp_path):
    model = network(mean=True)
    x = recording(model)
    before = model.predict(x, verbose=0)
    export_stream(model, tmp_path / "stream")
    np.testing.assert_array_equal(model.predict(x, verbose=0), before)
    assert not any(getattr(layer, "stateful", False) for layer in model.layers)


def test_recurrent_layers_of_keras_keep_their_states(tmp_path):
    model_inputs = keras.Input((None, 4))
    x = keras.layers.RNN(layers.LIFCell(4, v_threshold=0.3), return_sequences=True)(model_inputs)
    model = keras.Model(model_inputs, keras.layers.LSTM(3)(x))
    stream = tf.saved_model.load(str(export_stream(model, tmp_path / "stream", 2, 2)))
    x = recording(model)
    for _ in range(2):
        for last in (2, 4, 6):
            agree(stream.step(x[:, last - 2 : last]), model.predict(x[:, :last], verbose=0))
        stream.reset()


NETWORKS = [
    pytest.param("VGG8", {}),
    pytest.param("MSResNet18", {}, marks=pytest.mark.slow),
    pytest.param("VGG8", {"return_sequences": True}, marks=pytest.mark.slow),
    pytest.param("SpikingResNet19", {"time_steps": 4}, marks=pytest.mark.slow),
    pytest.param("MSResNet18", {"input_shape": (4, 33, 35, 3)}, marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("name", "changes"), NETWORKS)
def test_whole_networks(name, changes, tmp_path):
    changes = {"time_steps": 4, **changes} if name == "MSResNet18" else changes
    model = liven(miniature(name, **changes))
    stream = tf.saved_model.load(str(export_stream(model, tmp_path / "stream", 2, 2)))
    x = inputs(model).astype("float32")
    windows = [x, x] if x.ndim == 4 else np.split(x, 2, axis=1)  # a static image is shown again
    outputs = [stream.step(window).numpy() for window in windows]
    wanted = model.predict(x, verbose=0)
    agree(np.concatenate(outputs, axis=1) if wanted.ndim == 3 else outputs[-1], wanted)


ALONE = """
import sys
import numpy as np
import tensorflow as tf
stream = tf.saved_model.load("stream")
x = np.load("x.npy")
np.save("y.npy", np.concatenate([stream.step(x[:, t:t + 1]) for t in range(6)], axis=1))
assert not any(name.split(".")[0] == "keras_snn" for name in sys.modules)
"""


def test_a_stream_runs_in_a_process_without_keras_snn(tmp_path):
    model = network()
    x = recording(model)
    np.save(tmp_path / "x.npy", x)
    export_stream(model, tmp_path / "stream", batch_size=2)
    subprocess.run([sys.executable, "-c", ALONE], cwd=tmp_path, check=True, timeout=300)
    agree(np.load(tmp_path / "y.npy"), model.predict(x, verbose=0))
