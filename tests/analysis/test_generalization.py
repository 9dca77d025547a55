"""The gap between training and test accuracy, by hand."""

import keras
import numpy as np
import pytest

from keras_snn import analysis, visualization

LABELS = np.array([0, 1, 2, 0, 1])


def classifier(per_step=False):
    """It takes scores (time, classes) as they are."""
    inputs = keras.Input((4, 3))
    outputs = inputs if per_step else keras.layers.GlobalAveragePooling1D()(inputs)
    return keras.Model(inputs, keras.layers.Identity()(outputs), name="net")


def scores(labels):
    return np.repeat(np.eye(3)[labels][:, None], 4, axis=1).astype("float32")


@pytest.mark.parametrize("per_step", [False, True])
def test_the_gap_is_training_minus_test_accuracy(per_step):
    train = (scores(LABELS), LABELS)
    wrong = np.array([0, 1, 0, 1, 1])  # 3 of 5 are right
    test = [(scores(wrong[:2]), np.eye(3)[LABELS[:2]]), (scores(wrong[2:]), np.eye(3)[LABELS[2:]])]
    found = analysis.generalization_gap(classifier(per_step), train, test)
    assert found.to_dict()["net"] == pytest.approx(
        {"gap": 0.4, "training accuracy": 1.0, "test accuracy": 0.6}
    )
    assert str(found).splitlines()[1].split() == ["net", "+40.00%", "100.00%", "60.00%"]


def test_several_networks_have_a_row_and_a_line_each():
    data = (scores(LABELS), LABELS)
    models = {"SMA": classifier(), "SMA + AZO": classifier()}
    found = analysis.generalization_gap(models, data, (scores(LABELS - LABELS), LABELS))
    assert list(found) == ["SMA", "SMA + AZO"]
    figure = visualization.generalization_gap(found)
    figure.draw_without_rendering()
    seen, new = figure.axes[0].lines
    np.testing.assert_allclose(seen.get_xdata() - new.get_xdata(), [60, 60])


def test_data_without_labels_are_refused():
    with pytest.raises(ValueError, match="`test` must have labels"):
        analysis.generalization_gap(classifier(), (scores(LABELS), LABELS), scores(LABELS))
    with pytest.raises(ValueError, match="`models` must have at least one model"):
        analysis.generalization_gap({}, None, None)
