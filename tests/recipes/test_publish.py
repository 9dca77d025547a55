"""`applications/publish.py`: a run becomes weights that a builder takes by name."""

import json

import numpy as np
import publish
import pytest
from recipes import RECIPES

from keras_snn import applications
from keras_snn.applications import pretrained
from tests.applications.miniatures import liven

SMALL = {"filters": (4, 4, 4, 4, 4), "units": (8, 8)}


@pytest.mark.usefixtures("few_digits")
def test_a_run_becomes_weights_of_half_the_digits(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setitem(RECIPES["event_digits"].__dict__, "arguments", SMALL)
    monkeypatch.setattr(pretrained, "TABLE", tmp_path / "pretrained.json")
    pretrained.TABLE.write_text("{}")
    model = liven(
        applications.VGG8(
            input_shape=(8, 34, 34, 2), classes=10, classifier_activation=None, **SMALL
        )
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    model.save(tmp_path / "model.keras")
    publish.main(["event_digits", str(tmp_path), "--network", "VGG8"])
    row = json.loads(pretrained.TABLE.read_text())["event_digits"]
    assert f"test accuracy {row['accuracy']:.2%}" in capsys.readouterr().out
    again = applications.VGG8(weights="event_digits")
    for kept, weight in zip(again.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(kept, weight.astype("float16"))
