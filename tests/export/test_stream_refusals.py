"""Networks and arguments that cannot become a stream, and the sentence that says why."""

import keras
import pytest

from keras_snn import layers
from keras_snn.export import export_stream
from tests.export.streams import network


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"window": 3}, "`window` must be the number of time steps that the network was built"),
        ({"window": 6, "time_steps": 7}, "`window` must be an integer of at least 7"),
    ],
)
def test_a_window_that_does_not_fit_is_refused(options, sentence, tmp_path):
    with pytest.raises(ValueError, match=sentence):
        export_stream(network(), tmp_path / "stream", **options)


def over_time(layer):
    model_inputs = keras.Input((4, 4, 4, 2))
    return keras.Model(model_inputs, layers.LIF()(layer(model_inputs)))


def with_maximum():
    model_inputs = keras.Input((4, 3))
    return keras.Model(model_inputs, keras.ops.max(layers.LIF()(model_inputs), 1))


def of_vectors(*stack):
    return keras.Sequential([keras.Input((4, 3)), *stack])


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        (lambda: over_time(layers.SMA((1, 3), 1, 1, name="sma")), "'sma' is not known to do so"),
        (lambda: over_time(layers.FSTA(name="fsta")), "'fsta' is not known to do so"),
        (
            lambda: of_vectors(keras.layers.Bidirectional(keras.layers.GRU(2), name="both")),
            "'both' reads the sequence from its end",
        ),
        (
            lambda: of_vectors(keras.layers.LSTM(2, go_backwards=True, name="back")),
            "'back' reads the sequence from its end",
        ),
        (
            lambda: of_vectors(layers.LIF(), keras.layers.Flatten(name="flat")),
            "'flat' does not",
        ),
        (
            lambda: of_vectors(layers.LIF(), keras.layers.GlobalMaxPooling1D(name="highest")),
            "'highest' does not",
        ),
        (with_maximum, "'max.*' does not"),
        (
            lambda: of_vectors(keras.layers.RNN(layers.LIFCell(3, v_reset=-0.5))),
            "keras.layers.RNN does not go back to",
        ),
        (
            lambda: of_vectors(keras.layers.Conv1D(2, 3, padding="same")),
            "compute every time step from it and earlier ones",
        ),
        (
            lambda: keras.Sequential([keras.Input((4, None, 3)), layers.LIF()]),
            "with one input of fixed sizes",
        ),
    ],
)
def test_what_needs_another_window_is_refused_with_the_reason(model, sentence, tmp_path):
    with pytest.raises(ValueError, match=f"`model` must .*{sentence}"):
        export_stream(model(), tmp_path / "stream")
    assert not list(tmp_path.iterdir())


def test_wrong_arguments_by_their_sentence(tmp_path):
    for argument in ("batch_size", "time_steps"):
        with pytest.raises(ValueError, match=f"`{argument}` must be an integer of at least 1"):
            export_stream(network(), tmp_path / "stream", **{argument: 0})
