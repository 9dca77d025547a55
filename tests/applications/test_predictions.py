"""preprocess_input and decode_predictions."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_snn.applications import ms_resnet, spiking_resnet, vgg


@pytest.mark.parametrize("module", [ms_resnet, spiking_resnet])
def test_imagenet_statistics_are_those_of_keras(module):
    pixels = np.random.default_rng(1).integers(0, 256, (2, 4, 5, 3), dtype="uint8")
    before = pixels.copy()
    wanted = keras.applications.imagenet_utils.preprocess_input(
        pixels.astype("float32"), data_format="channels_last", mode="torch"
    )
    for x in (pixels, tf.constant(pixels)):
        y = module.preprocess_input(x)
        np.testing.assert_allclose(y, wanted, rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(pixels, before)


def test_cifar_statistics():
    pixels = np.full((1, 1, 1, 3), 255.0)
    y = spiking_resnet.preprocess_input(pixels, dataset="cifar10")
    mean, deviation = [0.4914, 0.4822, 0.4465], [0.2023, 0.1994, 0.2010]
    np.testing.assert_allclose(y[0, 0, 0], (1 - np.array(mean)) / deviation, rtol=1e-5)
    y = spiking_resnet.preprocess_input(pixels, dataset="cifar100")
    mean, deviation = [0.5071, 0.4867, 0.4408], [0.2675, 0.2565, 0.2761]
    np.testing.assert_allclose(y[0, 0, 0], (1 - np.array(mean)) / deviation, rtol=1e-5)


def test_event_counts_become_floats():
    counts = np.array([[[[0, 3]]]], "int16")
    frames = vgg.preprocess_input(counts)
    assert frames.dtype == "float32"
    np.testing.assert_array_equal(frames, counts)


def test_preprocessing_inside_a_model():
    image = keras.Input((8, 8, 3))
    model = keras.Model(image, ms_resnet.preprocess_input(image))
    pixels = np.random.default_rng(1).uniform(0, 255, (2, 8, 8, 3)).astype("float32")
    np.testing.assert_allclose(
        model(pixels), ms_resnet.preprocess_input(pixels), rtol=1e-5, atol=1e-5
    )


def test_decoding_gives_numbers_or_names():
    preds = np.array([[0.1, 0.6, 0.3], [0.5, 0.2, 0.3]], "float32")
    best = vgg.decode_predictions(preds, top=2)
    assert [[(i, name) for i, name, _ in sample] for sample in best] == [
        [(1, "1"), (2, "2")],
        [(0, "0"), (2, "2")],
    ]
    named = spiking_resnet.decode_predictions(preds, class_names=["cat", "dog", "elk"])
    assert named[0][0] == (1, "dog", pytest.approx(0.6))
    assert len(named[1]) == 3


def test_a_thousand_classes_take_the_list_of_keras(monkeypatch):
    seen = {}

    def decode(preds, top):
        seen["top"] = top
        return [[("n01", "tench", preds[0, 7])]]

    monkeypatch.setattr(keras.applications.imagenet_utils, "decode_predictions", decode)
    preds = np.eye(1, 1000, 7)
    assert ms_resnet.decode_predictions(preds, top=1) == [[("n01", "tench", 1.0)]]
    assert seen == {"top": 1}
    assert vgg.decode_predictions(preds, top=1) == [[(7, "7", 1.0)]]
    names = [f"class {i}" for i in range(1000)]
    assert ms_resnet.decode_predictions(preds, 1, names) == [[(7, "class 7", 1.0)]]


def test_a_failed_download_asks_for_names(monkeypatch):
    def fail(preds, top):
        raise OSError("no network")

    monkeypatch.setattr(keras.applications.imagenet_utils, "decode_predictions", fail)
    with pytest.raises(ValueError, match="`class_names` must be given"):
        ms_resnet.decode_predictions(np.eye(1, 1000))


def test_errors():
    with pytest.raises(ValueError, match="`preds` must have the axes"):
        vgg.decode_predictions(np.zeros(3))
    with pytest.raises(ValueError, match=r"`class_names` must hold one name for each of 3.*2"):
        vgg.decode_predictions(np.zeros((1, 3)), class_names=["a", "b"])
    with pytest.raises(ValueError, match="`top`"):
        vgg.decode_predictions(np.zeros((1, 3)), top=0)
    with pytest.raises(ValueError, match=r"`data_format`.*channels_first"):
        ms_resnet.preprocess_input(np.zeros((1, 3, 8, 8)), data_format="channels_first")
    with pytest.raises(ValueError, match="`x` must have the axes"):
        ms_resnet.preprocess_input(np.zeros((1, 8, 8, 1)))
    with pytest.raises(ValueError, match=r"`dataset`.*'mnist'"):
        spiking_resnet.preprocess_input(np.zeros((1, 8, 8, 3)), dataset="mnist")
