"""Pictures of a recording show its events, in their slice, place and color."""

import matplotlib.colors
import numpy as np
import pytest
from PIL import Image

from keras_snn.datasets import make_recording, read_events
from keras_snn.visualization import save_animation, show_recording
from keras_snn.visualization.figures import OFF, ON
from tests.real_recordings import real_recording

EVENTS = make_recording([4, 0, 2], [2, 1, 0], [500, 5_000, 10_500], [1, 0, 1])
SIZE = (3, 5)


def test_each_event_stands_in_its_slice_at_its_place_in_its_color():
    figure = show_recording(EVENTS, SIZE, 2)
    first, second = (axis.images[0].get_array() for axis in figure.axes)
    expected = np.ones((2, 3, 5, 3))
    expected[0, 2, 4] = expected[1, 0, 2] = matplotlib.colors.to_rgb(ON)
    expected[0, 1, 0] = matplotlib.colors.to_rgb(OFF)
    np.testing.assert_allclose([first, second], expected)
    assert [axis.get_title() for axis in figure.axes] == ["0 to 5 ms", "5 to 10 ms"]
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["ON events", "OFF events"]


def test_times_follow_the_unit_and_rows_are_filled():
    seconds = {name: EVENTS[name] for name in "xyp"} | {"t": EVENTS["t"] / 1e6}
    figure = show_recording(seconds, SIZE, 5, time_unit="s")
    titles = [axis.get_title() for axis in figure.axes if axis.axison]
    assert titles == ["0 to 2 ms", "2 to 4 ms", "4 to 6 ms", "6 to 8 ms", "8 to 10 ms"]


def test_the_animation_holds_the_slices(tmp_path):
    save_animation(EVENTS, SIZE, tmp_path / "a.gif", 2, seconds=0.5)
    with Image.open(tmp_path / "a.gif") as animation:
        assert (animation.n_frames, animation.info["duration"], animation.size) == (
            2,
            250,
            (400, 240),
        )
        assert animation.info["loop"] == 0
        for number, (row, column) in enumerate([(2, 4), (0, 2)]):
            animation.seek(number)
            pixels = np.asarray(animation.convert("RGB"))[40::80, 40::80]
            wanted = 255 * np.array(matplotlib.colors.to_rgb(ON))
            np.testing.assert_allclose(pixels[row, column], wanted, atol=4)
            assert (pixels[0, 0] == 255).all()


def test_a_real_recording_is_drawn(tmp_path):
    events, size = read_events(real_recording("cameras/dv_320x240.aedat4"))
    show_recording(events, size).savefig(tmp_path / "figure.png")
    save_animation(events, size, tmp_path / "a.gif")
    with Image.open(tmp_path / "a.gif") as animation:
        assert (animation.n_frames, animation.size) == (30, (320, 240))


def test_what_cannot_be_drawn_is_refused(tmp_path):
    with pytest.raises(ValueError, match="`events` must have at least one event"):
        show_recording(EVENTS[:0], SIZE)
    with pytest.raises(ValueError, match="`time_steps` must be an integer of at least 1"):
        show_recording(EVENTS, SIZE, 0)
    with pytest.raises(ValueError, match="`path` must end in "):
        save_animation(EVENTS, SIZE, tmp_path / "a.mp4")
    with pytest.raises(ValueError, match=r"`seconds` must be a finite number of at least 0\.6"):
        save_animation(EVENTS, SIZE, tmp_path / "a.gif", seconds=0.1)
