"""`applications/train.py`, as a user runs it."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
import train
from options import parse
from recipes import RECIPES

ROOT = Path(__file__).parents[2]

SMALL = {"filters": (4, 4, 4, 4, 4), "units": (8, 8)}
PLAIN = ["--attention", "none"]


@pytest.fixture
def small(monkeypatch, tmp_path, few_digits):
    """The recipe's command with a miniature network and 36 training samples."""
    recipe = RECIPES["event_digits"]
    monkeypatch.setitem(RECIPES, "event_digits", replace(recipe, arguments=SMALL))
    places = ["--data-dir", str(tmp_path / "data"), "--output", str(tmp_path)]
    return ["event_digits", *places]


def results_in(folder):
    return json.loads((folder / "results.json").read_text())


def test_a_run_leaves_a_model_a_served_model_history_and_plots(small, tmp_path, capsys):
    assert train.main([*small, *PLAIN, "--epochs", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    results = results_in(tmp_path)
    assert lines[-1] == f"test accuracy: {100 * results['accuracy']['test']:.2f} %"
    assert any(line.startswith("parameters: ") for line in lines)
    assert "block2_lif" in results["firing_rates"]
    assert len(results["history"]["val_loss"]) == len(results["history"]["seconds"]) == 2
    for plot in ("learning_curves.png", "firing_rates.png", "heat_maps.png"):
        assert (tmp_path / plot).read_bytes().startswith(b"\x89PNG")
    report = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert f"{results['accuracy']['test']:.2%}" in report
    assert len(report) < 3_000_000
    frames = np.random.default_rng(0).integers(0, 3, (3, 8, 34, 34, 2)).astype("float32")
    model = keras.models.load_model(tmp_path / "model.keras")
    served = tf.saved_model.load(str(tmp_path / "served"))
    np.testing.assert_allclose(served.serve(frames), model.predict(frames, verbose=0), atol=1e-5)


@pytest.fixture
def unreported(monkeypatch):
    """Reports keep the model and the history, and write nothing."""
    written = {}
    monkeypatch.setattr(
        train.Report,
        "write",
        lambda self, model, data, history: written.update(model=model, history=dict(history)),
    )
    return written


class Interrupt(keras.callbacks.Callback):
    """Ctrl-C in an epoch."""

    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.epoch:
            raise KeyboardInterrupt


@pytest.mark.parametrize("epoch", [0, 1])
def test_ctrl_c_says_what_was_kept(small, epoch, tmp_path, monkeypatch, capsys, unreported):
    original = keras.Model.fit
    monkeypatch.setattr(
        keras.Model,
        "fit",
        lambda self, *args, callbacks, **rest: original(
            self, *args, callbacks=[*callbacks, Interrupt(epoch)], **rest
        ),
    )
    assert train.main([*small, *PLAIN, "--epochs", "3"]) == 0
    said = capsys.readouterr().out
    assert f"Stopped in epoch {epoch + 1}" in said
    assert bool(unreported) == (tmp_path / "best.weights.h5").exists() == (epoch == 1)
    assert ("nothing was kept" in said) == (epoch == 0)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["gestures"], "train.py: argument recipe: invalid choice: 'gestures' (choose from"),
        (["event_digits", "--epochs", "0"], "train.py: argument --epochs: must be greater than 0."),
        (["event_digits", "--set", "noise"], "train.py: argument --set: must be NAME=VALUE."),
        (["event_digits", "--colour"], "train.py: unrecognized arguments: --colour"),
    ],
)
def test_a_wrong_command_line_gives_one_sentence(arguments, sentence, capsys):
    with pytest.raises(SystemExit) as stop:
        train.main(arguments)
    assert stop.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith(sentence)
    assert said.count("\n") == 1


def test_too_few_time_steps_give_one_sentence(small, capsys):
    assert train.main([*small, "--time-steps", "2"]) == 2
    said = capsys.readouterr().err.splitlines()[-1].split("\r")[-1]
    assert said == "train.py: `time_steps` must be at least 4 for SMA. Received: time_steps=2"


def test_settings_of_the_data_are_numbers_pairs_or_words():
    texts = ("noise=5", "jitter=0.5", "size=64,48", "split_rule=tebn", "cache=False")
    arguments = [word for text in texts for word in ("--set", text)]
    found = dict(parse(["event_digits", *arguments], None).set)
    numbers = {"noise": 5, "jitter": 0.5, "size": (64, 48)}
    assert found == {**numbers, "split_rule": "tebn", "cache": False}


def test_an_unknown_setting_of_the_data_gives_one_sentence(small, capsys):
    assert train.main([*small, "--set", "colour=3"]) == 2
    assert "colour" in capsys.readouterr().err


def test_help_explains_every_option():
    command = [sys.executable, str(ROOT / "applications" / "train.py"), "--help"]
    text = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    for option in (
        "--epochs",
        "--limit",
        "--resume",
        "--attention",
        "--no-azo",
        "--seed",
        "--output",
        "--data-dir",
    ):
        assert option in text


def test_several_hosts_on_tensorflow_are_refused_in_one_sentence(small, capsys):
    assert train.main([*small, "--distribute", "workers"]) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith('train.py: `kind` must be "jax", with KERAS_BACKEND=jax')
