"""`keras-snn data`, and the words of the command's messages."""

import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

import keras_snn.datasets
from keras_snn import applications
from keras_snn.cli import main
from keras_snn.cli.messages import in_words_of_the_command, suggestion
from keras_snn_command import COMMANDS, networks
from tests.datasets.writers import random_events

ROOT = Path(__file__).parents[2]


def test_list_has_every_data_set(capsys):
    assert main(["data", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(keras_snn.datasets.NAMES)
    assert "1,293" in lines[0]


def test_info_tells_where_archives_go(tmp_path, capsys):
    assert main(["data", "info", "n_mnist", "--data-dir", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    folder = keras_snn.datasets.info("n_mnist", tmp_path).archive_dir
    for line in (
        f"archive dir: {folder}",
        "license: CC BY-SA 4.0",
        "archives: Train.zip, Test.zip",
    ):
        assert line in said


def test_prepare_writes_the_data_set(few_digits, tmp_path, capsys):
    assert main(["data", "prepare", "event_digits", "--data-dir", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith(str(tmp_path))
    assert list(tmp_path.rglob("*.tfrecord*"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["prepare", "n_mnist"], "Put Train.zip, Test.zip into"),
        (["prepare", "n_mnist", "--md5", "Train.zip=1"], "`--md5` must have 32 hexadecimal digits"),
        (["prepare", "cifar10_dvs", "--split-rule", "a"], "`--split-rule` must be one of"),
        (["show", "cifar10"], "`NAME-or-FILE` must be a data set of camera recordings"),
        (["show", "absent.bin"], "`NAME-or-FILE` must be an existing file, or one of event_digits"),
        (["info", "nmnist"], "(did you mean n_mnist?). Received: NAME='nmnist'"),
    ],
)
def test_errors_are_one_sentence_in_words_of_the_command(arguments, message, tmp_path, capsys):
    assert main(["data", *arguments, "--data-dir", str(tmp_path)]) == 2
    error = capsys.readouterr().err.splitlines()
    assert len(error) == 1
    assert message in error[0]


def test_command_alone_prints_its_help(capsys):
    assert main([]) == 0
    assert "usage: keras-snn" in capsys.readouterr().out


def without_importing(*arguments):
    """Runs the command in a process, in which it must not import the library."""
    run = (
        "import sys, keras_snn_command as command\n"
        f"try: status = command.main({list(arguments)})\n"
        "except SystemExit as stop: status = stop.code\n"
        "assert not {'keras', 'tensorflow', 'keras_snn'} & set(sys.modules)\n"
        "sys.exit(status)"
    )
    return subprocess.run([sys.executable, "-c", run], capture_output=True, text=True, cwd=ROOT)


ACTIONS = [["data", action] for action in ("list", "info", "prepare", "show")]


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS), *ACTIONS])
def test_help_does_not_wait_for_tensorflow(command):
    shown = without_importing(*command, "--help")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.startswith(" ".join(["usage: keras-snn", *command]))


def test_the_command_alone_its_version_and_wrong_arguments_do_not_wait_for_tensorflow():
    shown = without_importing()
    assert shown.returncode == 0
    assert all(name in shown.stdout for name in COMMANDS)
    assert without_importing("--version").stdout == f"keras-snn {keras_snn.__version__}\n"
    for wrong in (["sumary"], ["data"], ["export", "VGG8", "out", "--format", "h5"], ["report"]):
        shown = without_importing(*wrong)
        assert shown.returncode == 2
        assert "error: " in shown.stderr


def test_help_names_every_network():
    assert networks() == sorted(name for name in applications.__all__ if name[0].isupper())
    assert ", ".join(networks()) in " ".join(without_importing("summary", "--help").stdout.split())


def test_absent_checkpoint_is_called_as_on_the_command_line(tmp_path, capsys):
    assert main(["convert", str(tmp_path / "absent.npz"), str(tmp_path / "out.keras")]) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert "source" not in error
    assert "CHECKPOINT" in error


def test_only_names_of_arguments_are_replaced():
    text = "`source` must be a file of one source. Received: source='resource=1'"
    expected = "`IN` must be a file of one source. Received: IN='resource=1'"
    assert in_words_of_the_command(text, {"source": "IN"}) == expected


def test_nearly_right_names_are_suggested():
    assert suggestion("vgg8", ["VGG8", "MSResNet18"]) == " (did you mean VGG8?)"
    assert suggestion("transformer", ["VGG8", "MSResNet18"]) == ""


def written(folder, name="one.npy", size=(34, 34), length=100_000):
    """A file of events, which does not hold the sensor's size."""
    events = random_events(400, size, length=length)
    np.save(folder / name, events)
    return events, folder / name


def test_show_draws_a_file(tmp_path, capsys):
    _, path = written(tmp_path)
    output = tmp_path / "seen.png"
    command = ["data", "show", str(path), "--output", str(output)]
    assert main(command) == 2
    assert (
        f"given as height,width: {path} does not hold the sensor's size" in capsys.readouterr().err
    )
    assert main([*command, "--sensor-size", "34,34", "--time-steps", "4"]) == 0
    assert capsys.readouterr().out.splitlines() == [str(output), str(tmp_path / "seen.gif")]
    assert output.read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "seen.gif").read_bytes().startswith(b"GIF89a")


def test_show_draws_a_sample_of_a_data_set(few_digits, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = ["--data-dir", str(tmp_path), "--split", "validation"]
    assert main(["data", "show", "event_digits", "--index", "3", *options]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[-2:] == ["recording.png", "recording.gif"]
    assert said[-3].removeprefix("label: ") in "0123456789"
    assert main(["data", "show", "event_digits", "--index", "4", *options]) == 2
    assert (
        "`--index` must be the number of one of the 4 samples in validation"
        in capsys.readouterr().err
    )


def test_predict_tells_the_class_of_each_window(tmp_path, capsys):
    events, path = written(tmp_path)
    inputs = keras.Input((3, 17, 17, 2))
    x = keras.layers.Reshape((-1,))(inputs)
    network = keras.Model(inputs, keras.layers.Dense(2, name="scores")(x))
    columns = np.arange(3 * 17 * 17 * 2) // 2 % 17
    network.set_weights([np.stack([columns < 8, columns >= 8], 1) * 1.0, np.zeros(2)])
    network.save(tmp_path / "halves.keras")
    events = np.sort(events, order="t")
    events["x"] = np.where(events["t"] < 50_000, events["x"] % 16, 17 + events["x"] % 16)
    np.save(path, events)
    command = ["predict", str(tmp_path / "halves.keras"), str(path), "--sensor-size", "34,34"]
    windows = ["--window", "40000", "--stride", "50000", "--classes", "left,right"]
    assert main([*command, *windows]) == 0
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert [line[2] for line in lines] == ["left", "right"]
    assert all(line[0] == str(path) and line[3] == "1.000" for line in lines)
    assert lines[1][1].startswith("50.")
    assert main(command) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1
    for wrong, message in (
        (["--classes", "a,b,c"], "`--classes` must be 2 names"),
        (["--data", "digits"], "(did you mean event_digits?)"),
        (["--window", "0"], "`--window` must be an integer of at least 1"),
    ):
        assert main([*command, *wrong]) == 2
        assert message in capsys.readouterr().err
