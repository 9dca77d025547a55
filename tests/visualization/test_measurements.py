"""Figures of attention, spikes and classes show what they are given."""

import keras
import numpy as np
import pytest

from keras_snn import analysis, layers, visualization


@pytest.fixture
def model():
    inputs = keras.Input((4, 8, 8, 4))
    x = layers.SMA((1, 3), time_reduction=2, name="sma")(inputs)
    x = layers.FSTA(frequency_size=3, name="fsta")(x)
    return keras.Model(inputs, layers.LIF(v_threshold=0.1, name="lif")(x))


@pytest.fixture
def x(rng):
    return rng.normal(1, 2, (6, 4, 8, 8, 4)).astype("float32")


def shown(figure):
    """The pictures of a figure; it is drawn once, so that what fails late fails here."""
    figure.draw_without_rendering()
    return [axis.images[0].get_array() for axis in figure.axes if axis.images]


def test_attention_weights_are_heat_maps(model, x):
    scores = analysis.attention_weights(model, x)
    time, channel = shown(visualization.attention_weights(scores["sma"], 2, "sma"))
    np.testing.assert_array_equal(time, scores["sma"][0][2])
    np.testing.assert_allclose(channel, scores["sma"][1][2].mean(-1))
    time, space = shown(visualization.attention_weights(scores["fsta"], 1))
    np.testing.assert_array_equal(time[0], scores["fsta"][0][1])
    np.testing.assert_array_equal(space, scores["fsta"][1][1, ..., 0])


def test_scale_importance_has_a_picture_per_class(model, x):
    found = analysis.scale_importance(model, (x, np.array([0, 1, 3, 0, 1, 3])))
    figure = visualization.scale_importance(found, "sma", class_names="abcd")
    assert [axis.get_title() for axis in figure.axes] == ["class a", "class b", "class d"]
    np.testing.assert_array_equal(figure.axes[2].lines[1].get_ydata(), found.time["sma"][2, 1])
    with pytest.raises(ValueError, match="`layer` must be"):
        visualization.scale_importance(found, "fsta")


def test_similarity_and_spectra_show_the_tables(model, x):
    similarity = analysis.time_similarity(model, x)
    pictures = shown(visualization.time_similarity(similarity))
    np.testing.assert_array_equal(pictures[-1], similarity["lif"])
    five = {str(n): n / 5 * np.ones((4, 4)) for n in range(5)}  # the last row is not full
    assert [picture[0, 0] for picture in shown(visualization.time_similarity(five))[:5]] == [
        n / 5 for n in range(5)
    ]
    table = analysis.spectral_preference(model, x)
    axis = visualization.spectral_preference(table).axes[0]
    np.testing.assert_allclose(axis.lines[0].get_xdata(), list(table.values()))
    control = list(table.column("transposed").values())
    np.testing.assert_allclose(axis.lines[1].get_xdata(), control)


def test_raster_and_membrane_show_the_spikes_of_one_sample(model, x):
    traces = analysis.membrane_traces(model, x, ["lif"])["lif"]
    points = visualization.raster(traces.spikes[1]).axes[0].collections[0].get_offsets()
    steps, neurons = np.nonzero(traces.spikes[1].reshape(4, -1))
    np.testing.assert_array_equal(np.asarray(points), np.stack([steps, neurons], 1))
    assert len(points) > 0
    axis = visualization.membrane_traces(traces, (3, 2, 1), sample=1).axes[0]
    np.testing.assert_array_equal(axis.lines[0].get_ydata(), traces.charged[1, :, 3, 2, 1])
    fired = np.flatnonzero(traces.spikes[1, :, 3, 2, 1])
    np.testing.assert_array_equal(axis.lines[3].get_xdata(), fired)
    with pytest.raises(ValueError, match="`neuron` must have 3 indices"):
        visualization.membrane_traces(traces, (3,))


def test_confusion_matrix_counts_pairs():
    figure = visualization.confusion_matrix([0, 0, 0, 2], [0, 1, 1, 2], "abc")
    (shares,) = shown(figure)[:1]
    np.testing.assert_allclose(shares, np.array([[1, 2, 0], [0, 0, 0], [0, 0, 3]]) * 100 / 3)
    texts = {text.get_position(): text.get_text() for text in figure.axes[0].texts}
    assert texts == {(0, 0): "1", (1, 0): "2", (2, 2): "1"}
    with pytest.raises(ValueError, match="`predictions` must have the shape of labels"):
        visualization.confusion_matrix([0, 1], [0])


def test_confusion_matrix_of_a_thousand_classes_has_the_size_of_25():
    names = [f"class {n}" for n in range(1000)]
    figure = visualization.confusion_matrix([0, 999, 7], [0, 999, 999], names)
    small = visualization.confusion_matrix(range(25), range(25))
    np.testing.assert_array_equal(figure.get_size_inches(), small.get_size_inches())
    axis = figure.axes[0]
    assert [text.get_text() for text in axis.get_xticklabels()] == names[::20]
    assert not axis.texts
    (shares,) = shown(figure)[:1]
    assert [shares[0, 0], shares[999, 999], shares[7, 999]] == [100, 100, 100]


def test_gallery_names_classes_and_marks_wrong_predictions(rng):
    frames = rng.poisson(0.2, (7, 4, 8, 8, 2))
    figure = visualization.gallery(frames, [0] * 7, [0, 1] + [0] * 5, ["cat", "dog"])
    titles = [axis.get_title() for axis in figure.axes if axis.images]
    assert len(shown(figure)) == 7
    assert titles[:2] == ["cat\npredicted cat", "cat\npredicted dog \u2717"]
    images = visualization.gallery(rng.uniform(-3, 300, (2, 8, 8, 3)))
    assert shown(images)[0].min() == 0
    assert shown(images)[0].max() == 1
    with pytest.raises(ValueError, match="`frames` must have the axes"):
        visualization.gallery(frames[..., 0])
