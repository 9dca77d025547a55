"""Streams of LiteRT and ONNX, whose states are inputs and outputs."""

import numpy as np
import onnxruntime
import pytest
from ai_edge_litert.interpreter import Interpreter

from keras_snn import layers
from keras_snn.export import export_stream
from tests.export.streams import agree, network, recording, with_attention


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
