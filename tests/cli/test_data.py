"""`keras-snn data`, and the words of the command's messages."""

import pytest

import keras_snn.datasets
from keras_snn.cli import main
from keras_snn.cli.messages import in_words_of_the_command, suggestion


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
