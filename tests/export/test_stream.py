"""Windows of a recording, one after the other, against the whole sequence."""

import subprocess
import sys

import keras
import numpy as np
import onnxruntime
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from keras_snn import layers
from keras_snn.export import export_stream
from tests.applications.miniatures import inputs, liven, miniature


def network(*, mean=False, time_steps=6, **constants):
    """Convolution, neurons and a classifier, one output per step or their mean."""
    model_inputs = keras.Input((time_steps, 5, 6, 2))
    conv = keras.layers.Conv2D(3, 3, padding="same", name="conv")
    x = layers.TimeDistributed(conv)(model_inputs)
    x = layers.BatchNormalization(name="bn")(x)
    x = layers.LIF(v_threshold=0.3, learn_tau=True, name="lif", **constants)(x)
    x = layers.TimeDistributed(keras.layers.Flatten(), name="flatten")(x)
    x = keras.layers.GlobalAveragePooling1D(name="time")(x) if mean else x
    return liven(keras.Model(model_inputs, keras.layers.Dense(4, name="dense")(x)))


def recording(model, batch=2, time_steps=6):
    rng = np.random.default_rng(8)
    return rng.normal(0.5, 1.0, (batch, time_steps, *model.input_shape[2:])).astype("float32")


def agree(actual, wanted):
    np.testing.assert_allclose(actual, wanted, rtol=1e-5, atol=1e-6)


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


def with_attention(attention, time_steps):
    model_inputs = keras.Input((time_steps, 4, 5, 3))
    x = layers.LIF(v_threshold=0.3)(attention(model_inputs))
    x = layers.MeanOverTime()(layers.TimeDistributed(keras.layers.Flatten())(x))
    return liven(keras.Model(model_inputs, keras.layers.Dense(2)(x)))


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


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"window": 3}, "`window` must be the number of time steps that the network was built"),
        ({"window": 6, "time_steps": 7}, "`window` must be an integer of at least 7"),
    ],
)
def test_a_window_that_does_not_fit_is_refused(options, sentence, tmp_path):
    with pytest.raises(ValueError, match=sentence):
        export_stream(network(), tmp_path / "stream", **options)


def run_file(path, x):
    """Outputs of a file at every frame; states begin as zeros."""
    if path.suffix == ".onnx":
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        entries = [(entry.name, entry.shape) for entry in session.get_inputs()]

        def call(inputs):
            return session.run(None, inputs)
    else:
        runner = Interpreter(str(path)).get_signature_runner()
        details = runner.get_input_details()
        entries = [(name, details[name]["shape"]) for name in sorted(details, key=_place)]

        def call(inputs):
            outputs = runner(**inputs)
            return [outputs[name] for name in sorted(outputs, key=_place)]

    names = [name for name, _ in entries]
    assert names == ["x", *(f"state{i}" for i in range(len(names) - 1))]
    states, outputs = [np.zeros(shape, "float32") for _, shape in entries[1:]], []
    for t in range(x.shape[1]):
        output, *states = call(dict(zip(names, [x[:, t : t + 1], *states], strict=True)))
        outputs.append(output)
    return outputs


def _place(name):
    """x, state0, state1, ..., or the same for outputs."""
    digits = "".join(filter(str.isdigit, name))
    return (name != "x", int(digits or 0))


@pytest.mark.parametrize("name", ["stream.tflite", "stream.onnx"])
def test_a_file_for_devices_has_states_for_inputs(name, tmp_path):
    model = network(mean=True, v_reset=-0.4)
    path = export_stream(model, tmp_path / name, batch_size=2)
    x = recording(model)
    outputs = run_file(path, x)
    assert len(outputs) == 6
    agree(outputs[-1], model.predict(x, verbose=0))
    half = network(mean=True, v_reset=-0.4, time_steps=3)
    half.set_weights(model.get_weights())
    agree(outputs[2], half.predict(x[:, :3], verbose=0))


@pytest.mark.parametrize("name", ["stream.tflite", "stream.onnx"])
def test_a_file_for_devices_holds_a_sliding_window(name, tmp_path):
    model = with_attention(layers.SMA((1, 3), 1, 2), 4)
    path = export_stream(model, tmp_path / name, window=4)
    x = recording(model, batch=1)
    before = np.concatenate([np.zeros_like(x[:, :4]), x], axis=1)
    for t, output in enumerate(run_file(path, x)):
        agree(output, model.predict(before[:, t + 1 : t + 5], verbose=0))


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


def over_time(layer):
    model_inputs = keras.Input((4, 4, 4, 2))
    return keras.Model(model_inputs, layers.LIF()(layer(model_inputs)))


def with_maximum():
    model_inputs = keras.Input((4, 3))
    return keras.Model(model_inputs, keras.ops.max(layers.LIF()(model_inputs), 1))


def of_vectors(*stack):
    return keras.Sequential([keras.Input((4, 3)), *stack])


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        (lambda: over_time(layers.SMA((1, 3), 1, 1, name="sma")), "'sma' is not known to do so"),
        (lambda: over_time(layers.FSTA(name="fsta")), "'fsta' is not known to do so"),
        (
            lambda: of_vectors(keras.layers.Bidirectional(keras.layers.GRU(2), name="both")),
            "'both' reads the sequence from its end",
        ),
        (
            lambda: of_vectors(keras.layers.LSTM(2, go_backwards=True, name="back")),
            "'back' reads the sequence from its end",
        ),
        (
            lambda: of_vectors(layers.LIF(), keras.layers.Flatten(name="flat")),
            "'flat' does not",
        ),
        (
            lambda: of_vectors(layers.LIF(), keras.layers.GlobalMaxPooling1D(name="highest")),
            "'highest' does not",
        ),
        (with_maximum, "'max.*' does not"),
        (
            lambda: of_vectors(keras.layers.RNN(layers.LIFCell(3, v_reset=-0.5))),
            "keras.layers.RNN does not go back to",
        ),
        (
            lambda: of_vectors(keras.layers.Conv1D(2, 3, padding="same")),
            "compute every time step from it and earlier ones",
        ),
        (
            lambda: keras.Sequential([keras.Input((4, None, 3)), layers.LIF()]),
            "with one input of fixed sizes",
        ),
    ],
)
def test_what_needs_another_window_is_refused_with_the_reason(model, sentence, tmp_path):
    with pytest.raises(ValueError, match=f"`model` must .*{sentence}"):
        export_stream(model(), tmp_path / "stream")
    assert not list(tmp_path.iterdir())


def test_wrong_arguments_by_their_sentence(tmp_path):
    for argument in ("batch_size", "time_steps"):
        with pytest.raises(ValueError, match=f"`{argument}` must be an integer of at least 1"):
            export_stream(network(), tmp_path / "stream", **{argument: 0})
