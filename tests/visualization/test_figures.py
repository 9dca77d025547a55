"""Figures show what they are given."""

import keras
import numpy as np
import pytest

from keras_snn import visualization


def test_learning_curves_show_training_and_validation():
    history = {"loss": [2.0, 1.0], "val_loss": [2.5, 1.5], "accuracy": [0.1, 0.5]}
    figure = visualization.learning_curves(history)
    loss, accuracy = figure.axes
    assert [line.get_label() for line in loss.lines[:2]] == ["training", "validation"]
    np.testing.assert_array_equal(loss.lines[1].get_ydata(), [2.5, 1.5])
    assert [line.get_label() for line in accuracy.lines] == ["training", "best epoch: 2"]


def test_learning_curves_take_what_fit_returns_and_mark_the_best_epoch():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    history = model.fit(np.ones((4, 2)), np.ones((4, 1)), epochs=3, verbose=0)
    history.history["loss"] = [3.0, 1.0, 2.0]
    figure = visualization.learning_curves(history)
    (axis,) = figure.axes
    figure.draw_without_rendering()
    assert "best epoch: 2" in [line.get_label() for line in axis.lines]
    assert all(float(tick).is_integer() for tick in axis.get_xticks())


def test_events_have_a_legend_and_the_title_stands_over_the_heat_maps(rng):
    frames, maps = rng.integers(0, 4, (3, 8, 6, 2)), rng.uniform(size=(3, 4, 3))
    figure = visualization.frames_and_heat_maps(frames, maps, "block2_lif")
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["ON events", "OFF events"]
    assert [axis.get_title() for axis in figure.axes[3:6]] == ["", "block2_lif", ""]


def test_frames_stand_above_their_heat_maps(rng, tmp_path):
    frames, maps = rng.integers(0, 4, (3, 8, 6, 2)), rng.uniform(size=(3, 4, 3))
    figure = visualization.frames_and_heat_maps(frames, maps, "block2_lif")
    images = [axis.images[0].get_array() for axis in figure.axes[:6]]
    assert images[0].shape == (8, 6, 3)
    np.testing.assert_array_equal(images[3], maps[0])
    empty = np.zeros((3, 8, 6, 2))
    blank = visualization.frames_and_heat_maps(empty, maps).axes[0].images[0].get_array()
    np.testing.assert_array_equal(blank, np.ones((8, 6, 3)))
    figure.savefig(tmp_path / "figure.png")


def test_rates_are_drawn_in_per_cent():
    figure = visualization.rate_bars({"a": 0.1, "b": 0.25})
    assert [patch.get_width() for patch in figure.axes[0].patches] == [10, 25]


def test_bad_shapes_are_refused(rng):
    frames = rng.uniform(size=(3, 8, 6, 2))
    with pytest.raises(ValueError, match="`frames` must have the axes"):
        visualization.frames_and_heat_maps(frames[..., 0], frames[..., 0])
    with pytest.raises(ValueError, match="`maps` must have the axes"):
        visualization.frames_and_heat_maps(frames, frames[:2, ..., 0])
    with pytest.raises(ValueError, match="`history` must have at least one metric"):
        visualization.learning_curves({})
    with pytest.raises(ValueError, match="`rates` must have at least one layer"):
        visualization.rate_bars({})
