"""Bad arguments are refused in one sentence, before any layer is built."""

import keras
import pytest

from keras_snn import applications, layers

BAD = {
    "classes below one": ("VGG8", {"classes": -3}, r"`classes` must be an integer.*classes=-3"),
    "classes no integer": ("MSResNet18", {"classes": 2.5}, r"`classes`.*2\.5"),
    "attention": ("VGG8", {"attention": "se"}, r"`attention` must be one of.*attention='se'"),
    "pooling": ("VGG8", {"pooling": "sum"}, r"`pooling`.*'sum'"),
    "activation": ("VGG8", {"classifier_activation": "softmx"}, r"`classifier_activation`.*softmx"),
    "rank": ("VGG8", {"input_shape": (32, 32)}, r"`input_shape` must be.*\(32, 32\)"),
    "no tuple": ("VGG8", {"input_shape": 32}, r"`input_shape` must be.*=32"),
    "size of zero": ("VGG8", {"input_shape": (4, 0, 32, 2)}, r"`input_shape`.*=0"),
    "small frames": ("VGG8", {"input_shape": (4, 31, 64, 2)}, r"at least 32.*\(4, 31, 64, 2\)"),
    "small image": ("MSResNet18", {"input_shape": (31, 32, 3)}, r"at least 32.*\(31, 32, 3\)"),
    "small for 20": ("FSTAResNet20", {"input_shape": (8, 32, 3)}, r"at least 16.*\(8, 32, 3\)"),
    "no channels": (
        "VGG8",
        {"input_shape": (4, 32, 32, None)},
        "`input_shape` must contain the number of chan",
    ),
    "no height": ("VGG8", {"input_shape": (4, None, 32, 2)}, "`input_shape` must contain height"),
    "other time": (
        "VGG8",
        {"input_shape": (4, 32, 32, 2), "time_steps": 5},
        r"`time_steps` must be the number of frames.*time_steps=5, input_shape=\(4, 32, 32, 2\)",
    ),
    "time steps": ("MSResNet18", {"time_steps": 0}, r"`time_steps`.*time_steps=0"),
    "filters": ("VGG8", {"filters": (4, 4)}, r"`filters` must be a tuple of 5.*\(4, 4\)"),
    "filter": ("FSTAResNet19", {"filters": (4, 0, 4)}, r"`filters`.*filters=0"),
    "units": ("VGG8", {"units": (4,)}, r"`units` must be a tuple of 2.*\(4,\)"),
    "block": ("SMAVGG8", {"attention_blocks": (2, 6)}, r"`attention_blocks`.*\(2, 6\)"),
    "block zero": ("SMAResNet18", {"attention_blocks": [0]}, r"`attention_blocks`.*\[0\]"),
    "pair": ("SMAResNet18", {"attention_blocks": [(1, 3)]}, r"`attention_blocks`.*\[\(1, 3\)\]"),
    "stem": ("SMAResNet18", {"attention_blocks": ["stem"]}, r"`attention_blocks`.*\['stem'\]"),
    "one block": ("SMAVGG8", {"attention_blocks": 2}, r"`attention_blocks`.*=2"),
    "no block": ("SMAVGG8", {"attention_blocks": ()}, r"`attention_blocks`.*\(\)"),
    "inside SMA": ("SMAVGG8", {"attention_activation": "gelu"}, "`activation`.*'gelu'"),
    "bottleneck in time": (
        "SMAVGG8",
        {"input_shape": (3, 32, 32, 2)},
        "`time_steps` must be at least 4 for SMA. Received: time_steps=3",
    ),
    "bottleneck in channels": (
        "SMAVGG8",
        {"filters": (8, 8, 3, 8, 8)},
        "`filters` must be at least 4 where SMA is. Received: filters=3",
    ),
    "unknown time": (
        "VGG8",
        {"attention": "fsta", "input_shape": (None, 32, 32, 2)},
        '`input_shape` must contain the number of time steps if `attention` is "fsta"',
    ),
    "azo without SMA": ("VGG8", {"azo": layers.AZO()}, "`azo` must be None unless"),
    "azo": ("SMAVGG8", {"azo": 4}, "`azo`.*azo=4"),
    "weights by name": ("MSResNet18", {"weights": "imagenet"}, "`weights`.*'imagenet'"),
    "weights absent": ("VGG8", {"weights": "no.keras"}, "`weights` must be an existing file"),
    "no tensor": ("VGG8", {"input_tensor": 3}, "`input_tensor`"),
}


@pytest.mark.parametrize("case", BAD)
def test_one_sentence(case, monkeypatch):
    builder, arguments, sentence = BAD[case]
    monkeypatch.setattr(keras.layers.Layer, "build", None)  # nothing may be built
    with pytest.raises(ValueError, match=sentence) as error:
        getattr(applications, builder)(**arguments)
    assert "\n" not in str(error.value)


def test_input_shape_and_input_tensor_must_agree():
    tensor = keras.Input((4, 32, 32, 2))
    with pytest.raises(ValueError, match="`input_shape` must be the shape of `input_tensor`"):
        applications.VGG8(input_tensor=tensor, input_shape=(4, 32, 33, 2))


def test_a_misspelt_argument_is_refused():
    with pytest.raises(TypeError, match="time_step"):
        applications.VGG8(time_step=3)
