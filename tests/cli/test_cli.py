"""The command `keras-snn`: what it writes, what it says, how it fails."""

import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_snn import applications, layers
from keras_snn.cli import main
from tests.applications.miniatures import inputs, liven, miniature
from tests.checkpoints.pytorch_names import state_dict


@pytest.fixture
def checkpoint(tmp_path):
    """A network, and its authors' checkpoint as a file."""
    model = liven(miniature("SMAVGG8"))
    np.savez(tmp_path / "authors.npz", **state_dict(model))
    return model, tmp_path / "authors.npz"


def small(path):
    """A `.keras` file of one convolution and neurons."""
    conv = keras.layers.Conv2D(3, 3, padding="same", name="conv")
    stack = [
        keras.Input((4, 5, 6, 2)),
        layers.TimeDistributed(conv, name="conv"),
        layers.LIF(v_threshold=0.3, name="lif"),
    ]
    model = keras.Sequential(stack, name="small")
    model.save(path)
    return model


def failure(capsys, *arguments):
    """What stderr says last of a command that fails."""
    assert main([str(argument) for argument in arguments]) == 2
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err
    last = captured.err.strip().splitlines()[-1]
    assert last.startswith(f"keras-snn {arguments[0]}: error: ")
    return last


@pytest.mark.parametrize("command", ["convert", "summary", "export", "report", "predict", "data"])
def test_every_command_has_help(command, capsys):
    with pytest.raises(SystemExit) as stop:
        main([command, "--help"])
    assert stop.value.code == 0
    assert f"usage: keras-snn {command}" in capsys.readouterr().out


def test_the_module_is_the_command():
    command = [sys.executable, "-m", "keras_snn.cli"]
    shown = subprocess.run([*command, "--help"], capture_output=True, text=True, timeout=300)
    assert shown.returncode == 0
    assert all(name in shown.stdout for name in ("convert", "summary", "export"))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*make no neuron fire:UserWarning")  # random weights
def test_convert_writes_the_network_of_a_checkpoint(checkpoint, tmp_path, capsys):
    model, source = checkpoint
    target = tmp_path / "converted.keras"
    shape = ",".join(map(str, model.input_shape[1:]))
    options = ["--input-shape", shape, "--attention-activation", "lif"]
    assert main(["convert", str(source), str(target), *options]) == 0
    captured = capsys.readouterr()
    assert captured.out.strip() == str(target)
    assert "reading" in captured.err
    x = inputs(model).astype("float32")
    converted = keras.saving.load_model(target)
    np.testing.assert_allclose(
        converted.predict(x, verbose=0), model.predict(x, verbose=0), rtol=1e-5, atol=1e-6
    )


def test_convert_asks_for_what_the_weights_do_not_determine(checkpoint, tmp_path, capsys):
    _, source = checkpoint
    said = failure(capsys, "convert", source, tmp_path / "out.keras")
    assert "`--input-shape`" in said
    assert "`--attention-activation`" in said
    assert not (tmp_path / "out.keras").exists()


def test_summary_of_a_file(tmp_path, capsys):
    model = small(tmp_path / "small.keras")
    assert main(["summary", str(tmp_path / "small.keras")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "small: (None, 4, 5, 6, 2) -> (None, 4, 5, 6, 3)"
    shape = "(None, 4, 5, 6, 3)"
    assert lines[2].split() == ["conv", "Conv2D", *shape.split(), "57", "1,620", "4"]
    assert lines[3].split() == ["lif", "LIF", *shape.split(), "0"]
    assert lines[-2] == "parameters: 57 (57 trainable)"
    assert lines[-1] == "MACs: 1,620 per time step, 0 once per sample; per sample: 6,480"
    assert model.count_params() == 57


@keras.saving.register_keras_serializable(package="tests")
class Own(keras.layers.Layer):
    """A layer whose products are unknown."""

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(3, 3))

    def call(self, inputs):
        return inputs @ self.kernel


def test_summary_has_a_dash_for_unknown_products(tmp_path, capsys):
    stack = [keras.layers.Dense(3, name="dense"), Own(name="own")]
    keras.Sequential([keras.Input((4, 6)), *stack]).save(tmp_path / "own.keras")
    assert main(["summary", str(tmp_path / "own.keras")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].split()[-2:] == ["18", "4"]
    assert lines[3].split()[-2:] == ["-", "-"]
    assert lines[-1].endswith("per sample: 72, without own")


def test_summary_of_a_prebuilt_network(capsys):
    options = ["--input-shape", "32,32,3", "--classes", "7", "--time-steps", "3"]
    assert main(["summary", "FSTAResNet20", *options]) == 0
    text = capsys.readouterr().out
    model = applications.FSTAResNet20(input_shape=(32, 32, 3), classes=7, time_steps=3)
    assert f"parameters: {model.count_params():,}" in text
    assert "(None, 7)" in text
    assert "/time_kernel" in text


def test_export_of_a_file(tmp_path, capsys):
    model = small(tmp_path / "small.keras")
    x = inputs(model).astype("float32")
    assert main(["export", str(tmp_path / "small.keras"), str(tmp_path / "served")]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == str(tmp_path / "served")
    served = tf.saved_model.load(str(tmp_path / "served"))
    np.testing.assert_array_equal(served.serve(x), model.predict(x, verbose=0))


@pytest.mark.parametrize(("form", "name"), [("litert", "m.tflite"), ("onnx", "m.onnx")])
def test_export_to_other_formats(form, name, tmp_path):
    small(tmp_path / "small.keras")
    arguments = [str(tmp_path / "small.keras"), str(tmp_path / name), "--format", form]
    assert main(["export", *arguments]) == 0
    assert (tmp_path / name).stat().st_size > 0


def test_export_of_a_stream(tmp_path):
    model = small(tmp_path / "small.keras")
    arguments = [str(tmp_path / "small.keras"), str(tmp_path / "stream"), "--format", "stream"]
    assert main(["export", *arguments, "--batch-size", "2", "--window", "2"]) == 0
    stream = tf.saved_model.load(str(tmp_path / "stream"))
    x = inputs(model).astype("float32")
    spikes = np.concatenate([stream.step(x[:, :2]), stream.step(x[:, 2:])], axis=1)
    np.testing.assert_array_equal(spikes, model.predict(x, verbose=0))


def test_errors_are_one_sentence(tmp_path, capsys):
    (tmp_path / "broken.keras").write_bytes(b"no archive")
    (tmp_path / "broken.npz").write_bytes(b"no archive")
    small(tmp_path / "small.keras")
    out = tmp_path / "out"
    broken, good = tmp_path / "broken.keras", tmp_path / "small.keras"
    assert "must be a whole .keras file" in failure(capsys, "summary", broken)
    assert "must be an existing file" in failure(capsys, "summary", "absent.keras")
    assert "a .keras file or one of" in failure(capsys, "export", "ResNet50", out)
    assert "must be a whole .npz file" in failure(
        capsys, "convert", tmp_path / "broken.npz", tmp_path / "out.keras"
    )
    assert "ends in .onnx" in failure(capsys, "export", good, out, "--format", "onnx")
    assert "--format` must be stream" in failure(capsys, "export", good, out, "--window", "2")
    assert "if its options are given" in failure(capsys, "summary", good, "--classes", "3")
    assert "`--classes` must be" in failure(capsys, "summary", "VGG8", "--classes", "0")
    assert not out.exists()


def test_sizes_are_checked(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["summary", "VGG8", "--input-shape", "10x128"])
    assert stop.value.code == 2
    assert "sizes must be integers or None with commas" in capsys.readouterr().err
