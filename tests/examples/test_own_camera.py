"""The example of an own camera runs from a folder of real recordings to a served network."""

import runpy
from pathlib import Path
from textwrap import indent

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_snn.datasets import make_recording, read_events
from tests.datasets import writers
from tests.real_recordings import real_recording

EXAMPLE = Path(__file__).parents[2] / "examples" / "own_camera.py"
SENSOR = (260, 346)
SOURCES = {"office": "cameras/dv_320x240.aedat4", "drive": "cameras/evt2_600x476.raw"}


def pieces(events, number):
    """What a camera of 260x346 sees of a recording, in pieces that share no event."""
    seen = events[(events["y"] < SENSOR[0]) & (events["x"] < SENSOR[1])]
    seen = seen[np.argsort(seen["t"], kind="stable")]
    for some in np.array_split(seen, number):
        yield make_recording(some["x"], some["y"], some["t"] - some["t"][0], some["p"])


@pytest.fixture
def recordings(tmp_path, monkeypatch):
    """Two classes of thirty recordings each, as a DAVIS346 writes them."""
    paths = {name: real_recording(source) for name, source in SOURCES.items()}
    for name, path in paths.items():
        folder = tmp_path / "camera" / name
        folder.mkdir(parents=True)
        for index, piece in enumerate(pieces(read_events(path)[0], 30)):
            data = writers.aedat4(piece, SENSOR, per_packet=len(piece))
            (folder / f"{index}.aedat4").write_bytes(data)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
def test_the_example_learns_exports_and_draws(recordings, capfd):
    keras.utils.set_random_seed(0)
    names = runpy.run_path(str(EXAMPLE))
    assert "Using 48 files for training, 48 samples." in capfd.readouterr().out
    history = names["history"].history
    assert history["loss"][-1] < 0.5 * history["loss"][0]
    assert history["val_accuracy"][-1] >= 10 / 12  # by chance in 2 of 100 runs
    frames, _ = next(iter(names["validation"]))
    served = tf.saved_model.load(str(recordings / "served"))
    np.testing.assert_allclose(
        served.serve(frames), names["model"].predict(frames, verbose=0), atol=1e-5
    )
    for picture in ("learning_curves.png", "firing_rates.png"):
        assert (recordings / picture).read_bytes().startswith(b"\x89PNG")


def test_the_example_has_at_most_twelve_lines_which_the_readme_shows():
    code = EXAMPLE.read_text().split('"""')[2].strip()
    assert len([line for line in code.splitlines() if line]) <= 12
    assert indent(code, "    ") in (EXAMPLE.parents[1] / "README.md").read_text()
