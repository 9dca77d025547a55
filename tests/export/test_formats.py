"""Whole networks as SavedModel, LiteRT and ONNX, run by each format's own runtime."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import onnxruntime
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from keras_snn import layers
from keras_snn.export import export_litert, export_onnx, export_savedmodel
from keras_snn.export.unrolling import unrolled
from keras_snn.functional import time
from tests.applications.miniatures import MINIATURES, inputs, liven, miniature

WRITERS = {
    "served": export_savedmodel,
    "model.tflite": export_litert,
    "model.onnx": export_onnx,
}
QUICK = [("VGG8", "model.onnx"), ("MSResNet18", "served")]
EVERY = [
    pytest.param(name, file, marks=() if (name, file) in QUICK else pytest.mark.slow)
    for name in MINIATURES
    for file in WRITERS
]


def run(path, x):
    """What a written file computes."""
    if path.suffix == ".onnx":
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        return session.run(None, {session.get_inputs()[0].name: x})[0]
    if path.suffix == ".tflite":
        interpreter = Interpreter(str(path))
        index = interpreter.get_input_details()[0]["index"]
        interpreter.resize_tensor_input(index, x.shape)
        interpreter.allocate_tensors()
        names = {op["op_name"] for op in interpreter._get_ops_details()}
        assert not [name for name in names if name.startswith("Flex")]
        interpreter.set_tensor(index, x)
        interpreter.invoke()
        return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    served = tf.saved_model.load(str(path))
    return served.serve(x).numpy()


def small(time_steps=3, **constants):
    """A network of one convolution and neurons."""
    model_inputs = keras.Input((time_steps, 5, 6, 2))
    conv = keras.layers.Conv2D(3, 3, padding="same", name="conv")
    x = layers.TimeDistributed(conv)(model_inputs)
    x = layers.LIF(v_threshold=0.3, **constants)(x)
    return keras.Model(model_inputs, x, name="small")


@pytest.mark.parametrize(("name", "file"), EVERY)
def test_a_network_gives_the_same_outputs_in_every_format(name, file, tmp_path):
    model = liven(miniature(name))
    path = WRITERS[file](model, tmp_path / "new" / file)
    assert path == tmp_path / "new" / file
    for batch in (3, 1):
        x = inputs(model, batch).astype("float32")
        np.testing.assert_allclose(run(path, x), model.predict(x, verbose=0), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("file", WRITERS)
def test_layers_and_a_given_sample(file, tmp_path):
    model = small()
    x = np.random.default_rng(2).normal(1.0, 2.0, (4, 3, 5, 6, 2)).astype("float32")
    path = WRITERS[file](model, tmp_path / file, sample=x)
    spikes = model.predict(x, verbose=0)
    assert 0.0 < spikes.mean() < 1.0
    np.testing.assert_array_equal(run(path, x), spikes)


@pytest.mark.parametrize("file", WRITERS)
def test_several_inputs_keep_their_order(file, tmp_path):
    first, second = keras.Input((3, 4), name="zeta"), keras.Input((3, 4), name="alpha")
    spikes = layers.LIF()(keras.layers.Subtract()([first, second]))
    model = keras.Model([first, second], [spikes, keras.layers.Dense(2)(first)])
    model([np.ones((1, 3, 4)), np.zeros((1, 3, 4))])
    WRITERS[file](model, tmp_path / file)


@pytest.mark.parametrize("file", WRITERS)
def test_a_file_that_disagrees_is_not_left_behind(file, tmp_path, monkeypatch):
    model = small()
    path = WRITERS[file](model, tmp_path / file)
    x = np.ones((1, 3, 5, 6, 2), "float32")
    before = run(path, x)
    predict = model.predict
    monkeypatch.setattr(model, "predict", lambda *args, **kwargs: 1.0 - predict(*args, **kwargs))
    for target in (path, tmp_path / f"other_{file}"):
        with pytest.raises(ValueError, match="`model` must compute in the written file what it"):
            WRITERS[file](model, target)
    assert [item.name for item in tmp_path.iterdir()] == [file]
    np.testing.assert_array_equal(run(path, x), before)


def test_a_spike_that_rounding_decides_is_no_disagreement(tmp_path, monkeypatch):
    model = keras.Sequential([keras.Input((2, 3)), layers.LIF(v_threshold=0.5, learn_tau=True)])
    model.set_weights([np.float32(0.0)])  # tau = 2: an input of 1 stands at the threshold
    x = np.ones((1, 2, 3), "float32")
    predict, calls = model.predict, []

    def first_rounded_down(x, verbose):
        calls.append(x)
        return predict(x * (1.0 - 1e-7) if len(calls) == 1 else x, verbose=verbose)

    monkeypatch.setattr(model, "predict", first_rounded_down)
    export_savedmodel(model, tmp_path / "served", sample=x)
    assert len(calls) > 1
    np.testing.assert_array_equal(model.get_weights()[0], 0.0)


@pytest.mark.parametrize("file", WRITERS)
def test_a_model_that_keeps_state_is_refused(file, tmp_path):
    stateful = keras.Sequential([keras.Input((3, 4), batch_size=2), layers.LIF(stateful=True)])
    with pytest.raises(ValueError, match=r"`model` must keep no state .* `export_stream`"):
        WRITERS[file](stateful, tmp_path / file)


@pytest.mark.parametrize("file", ["model.tflite", "model.onnx"])
def test_long_sequences_are_unrolled_and_free_ones_refused(file, tmp_path):
    model = keras.Sequential([keras.Input((40, 3)), layers.LIF(v_threshold=0.4)], name="long")
    x = np.random.default_rng(2).normal(0.5, 1.0, (2, 40, 3)).astype("float32")
    path = WRITERS[file](model, tmp_path / file)
    np.testing.assert_array_equal(run(path, x), model.predict(x, verbose=0))
    free = keras.Sequential([keras.Input((None, 3)), layers.LIF()])
    with pytest.raises(ValueError, match="`model` must have a fixed number of time steps"):
        WRITERS[file](free, tmp_path / f"free_{file}")
    assert [item.name for item in tmp_path.iterdir()] == [file]


def test_what_a_killed_export_left_is_removed(tmp_path):
    killed = subprocess.Popen([sys.executable, "-c", ""])
    killed.wait()
    (tmp_path / f".draft_{killed.pid}_x").mkdir()
    mine = tmp_path / f".draft_{os.getpid()}_x"
    mine.mkdir()
    export_savedmodel(small(), tmp_path / "served")
    assert {item.name for item in tmp_path.iterdir()} == {"served", mine.name}


def test_a_thread_does_not_see_the_unrolling_of_another():
    with unrolled(small()), ThreadPoolExecutor(1) as pool:
        assert time.unrolls(1000)
        assert not pool.submit(time.unrolls, 1000).result()
    assert not time.unrolls(1000)


def test_wrong_arguments_by_their_sentence(tmp_path):
    model = small()
    with pytest.raises(ValueError, match=r"`path` must be a path that ends in \.tflite"):
        export_litert(model, tmp_path / "model.onnx")
    with pytest.raises(ValueError, match=r"`path` must be a path that ends in \.onnx"):
        export_onnx(model, tmp_path / "model")
    with pytest.raises(ValueError, match="`model` must be a Keras model"):
        export_onnx(layers.LIF(), tmp_path / "model.onnx")
    (tmp_path / "notes.txt").touch()
    with pytest.raises(ValueError, match="`path` must be new, empty or a SavedModel"):
        export_savedmodel(model, tmp_path)


@pytest.mark.parametrize(
    ("export", "module", "extra"),
    [
        (export_litert, "ai_edge_litert.interpreter", "litert"),
        (export_onnx, "onnxruntime", "onnx"),
        (export_onnx, "tf2onnx", "onnx"),
    ],
)
def test_an_absent_extra_is_named(export, module, extra, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, module, None)
    with pytest.raises(ImportError, match=rf'pip install "keras-snn\[{extra}\]"'):
        export(small(), tmp_path / "model")


@keras.saving.register_keras_serializable(package="keras_snn_tests")
class Difference(keras.Model):
    """A subclassed model of two inputs."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.lif = layers.LIF(v_threshold=0.3)

    def call(self, inputs):
        if isinstance(inputs, dict):
            inputs = [inputs["zeta"], inputs["alpha"]]
        first, second = inputs
        return self.lif(first - second)


def pair():
    """Two unequal inputs."""
    rng = np.random.default_rng(4)
    return [rng.normal(size=(3, 4, 5)).astype("float32") for _ in range(2)]


def model_of(kind):
    """A model of two inputs in a list or a dictionary, and its inputs in that structure."""
    first, second = pair()
    names = {"zeta": first, "alpha": second}
    symbols = {name: keras.Input((4, 5), name=name) for name in names}
    if kind.startswith("subclassed"):
        x = names if kind.endswith("dictionary") else [first, second]
        model = Difference()
        model(x)
        return model, x
    spikes = layers.LIF(v_threshold=0.3)(symbols["zeta"] - symbols["alpha"])
    if kind == "dictionary":
        return keras.Model(symbols, spikes), names
    return keras.Model([*symbols.values()], spikes), [first, second]


@pytest.mark.parametrize("file", WRITERS)
@pytest.mark.parametrize("kind", ["list", "dictionary", "subclassed list", "subclassed dictionary"])
def test_several_inputs_with_and_without_a_sample(kind, file, tmp_path):
    model, x = model_of(kind)
    for sample in (None, x):
        assert WRITERS[file](model, tmp_path / file, sample=sample).exists()


@pytest.mark.parametrize("file", WRITERS)
def test_a_sample_by_names_for_a_model_that_takes_a_list(file, tmp_path):
    model, (first, second) = model_of("list")
    sample = {"alpha": second, "zeta": first}
    assert WRITERS[file](model, tmp_path / file, sample=sample).exists()
    with pytest.raises(ValueError, match="`sample` must have the names of the inputs"):
        WRITERS[file](model, tmp_path / file, sample={"alpha": second, "beta": first})
    with pytest.raises(ValueError, match="`sample` must have one array for each input"):
        WRITERS[file](model, tmp_path / file, sample=first)


@pytest.mark.parametrize("file", WRITERS)
def test_a_subclassed_model_that_was_not_called_is_refused(file, tmp_path):
    model = Difference()
    model.built = True
    with pytest.raises(ValueError, match="`model` must have been called once"):
        WRITERS[file](model, tmp_path / file)


@pytest.mark.parametrize("file", ["model.tflite", "model.onnx"])
@pytest.mark.parametrize("both", [False, True])
def test_cells_are_unrolled_for_the_export_alone(both, file, tmp_path):
    rnn = keras.layers.RNN(layers.LIFCell(3, v_threshold=0.3), return_sequences=True)
    rnn = keras.layers.Bidirectional(keras.layers.SimpleRNN(3)) if both else rnn
    model = keras.Sequential([keras.Input((5, 3)), rnn])
    path = WRITERS[file](model, tmp_path / file)
    x = np.random.default_rng(1).normal(0.5, 1.0, (2, 5, 3)).astype("float32")
    np.testing.assert_allclose(run(path, x), model.predict(x, verbose=0), rtol=1e-4, atol=1e-6)
    assert not [x for x in model._flatten_layers() if getattr(x, "unroll", False)]


@pytest.mark.parametrize("file", WRITERS)
def test_small_currents_are_raised_until_neurons_fire(file, tmp_path):
    neurons = [layers.LIF(v_threshold=9.0, name="first"), layers.LIF(v_threshold=0.2)]
    model = keras.Sequential([keras.Input((3, 4)), *neurons])
    WRITERS[file](model, tmp_path / file)  # a warning would be an error
    quiet = np.full((2, 3, 4), 0.1, "float32")
    with pytest.warns(UserWarning, match="was compared") as told:
        WRITERS[file](model, tmp_path / file, sample=quiet)
    messages = [str(warning.message) for warning in told]
    assert any(f"{file} was compared" in text and "in first, lif" in text for text in messages)
    assert any("outputs do not vary" in text for text in messages)


@pytest.mark.parametrize("file", WRITERS)
def test_outputs_that_do_not_depend_on_the_input_are_told(file, tmp_path):
    model_inputs = keras.Input((3,), batch_size=1)
    model = keras.Model(model_inputs, keras.layers.Dense(2, bias_initializer="ones")(model_inputs))
    WRITERS[file](model, tmp_path / file)
    model.layers[1].kernel.assign(np.zeros((3, 2)))
    with pytest.warns(UserWarning, match="outputs do not vary"):
        WRITERS[file](model, tmp_path / file)


def test_a_quantized_network_goes_to_onnx_and_is_refused_for_litert(tmp_path):
    stack = [keras.Input((4, 6)), keras.layers.Dense(5), layers.LIF(v_threshold=0.2)]
    model = liven(keras.Sequential([*stack, keras.layers.Dense(3)]))
    for dense in (model.layers[0], model.layers[-1]):  # `Model.quantize` warns of all others
        dense.quantize("int8")
    with pytest.raises(ValueError, match=r"`model` must not be quantized, .* export it to ONNX"):
        export_litert(model, tmp_path / "model.tflite")
    x = np.random.default_rng(0).normal(0.5, 1.0, (2, 4, 6)).astype("float32")
    path = export_onnx(model, tmp_path / "model.onnx", sample=x)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    found = session.run(None, {session.get_inputs()[0].name: x})[0]
    np.testing.assert_allclose(found, model.predict(x, verbose=0), rtol=1e-4, atol=1e-5)
