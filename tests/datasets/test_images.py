"""Static images: splits, the papers' pixels, and augmentation from seeds."""

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_datasets as tfds

import keras_snn.datasets
from keras_snn.applications import spiking_resnet
from keras_snn.datasets.splits import bounds
from tests.datasets import continuation, small_archives

NUMBERS = {"mnist": (40, 10), "cifar10": (40, 10), "cifar100": (40, 10), "imagenet2012": (100, 6)}


def picture(name, index):
    shape = {"mnist": (28, 28, 1), "imagenet2012": (300 + index, 340, 3)}.get(name, (32, 32, 3))
    return np.random.default_rng(index).integers(256, size=shape, dtype="uint8")


@pytest.fixture
def few(monkeypatch, tmp_path):
    """Prepares small sets of images on disk, whose labels count them."""

    def split_generators(builder, dl_manager):
        train, test = NUMBERS[builder.name]
        second = "validation" if builder.name == "imagenet2012" else "test"
        return {"train": examples(builder, 0, train), second: examples(builder, 500, test)}

    def examples(builder, first, number):
        classes = builder.info.features["label"].num_classes
        for index in range(first, first + number):
            example = {"image": picture(builder.name, index), "label": index % classes}
            others = {"id": "", "file_name": "", "coarse_label": 0}
            yield index, {key: {**others, **example}[key] for key in builder.info.features}

    for name in NUMBERS:
        kind = type(tfds.builder(name, data_dir=tmp_path))
        monkeypatch.setattr(kind, "_split_generators", split_generators)
    folder = tmp_path / "downloads" / "manual"
    folder.mkdir(parents=True)
    for name in keras_snn.datasets.info("imagenet2012").archives:
        (folder / name).touch()
    return tmp_path


def load(name, split, few, **options):
    return keras_snn.datasets.load(name, split, data_dir=few, **options)


@pytest.mark.parametrize("name", NUMBERS)
def test_splits_are_disjoint_and_have_the_shape_that_info_tells(name, few):
    train, test = NUMBERS[name]
    info = keras_snn.datasets.info(name)
    parts = {split: load(name, split, few) for split in info.splits}
    for part in parts.values():
        assert part.element_spec[0].shape == info.input_shape
    seen = {
        split: {image.numpy().tobytes() for image, _ in part.take(100)}
        for split, part in parts.items()
    }
    held_out = 1 if name == "imagenet2012" else train // 10
    assert [len(seen[split]) for split in info.splits] == [train - held_out, held_out, test]
    assert len(set().union(*seen.values())) == train + test
    assert len(info.class_names) == info.classes


def test_slices_count_within_their_split(few):
    whole = [image.numpy() for image, _ in load("cifar10", "train", few, shuffle=False)]
    part = [image.numpy() for image, _ in load("cifar10", "train[50%:30]", few, shuffle=False)]
    np.testing.assert_array_equal(part, whole[18:30])
    assert len(load("cifar10", "train[:2]+test[-3:]", few)) == 5
    for split in ("train[:37]", "train[5:5]", "test[:2shard]"):
        with pytest.raises(ValueError, match="`split` must"):
            load("cifar10", split, few)
    assert bounds("train[10%:]", 36) == (4, 36)


@pytest.mark.parametrize("name", ["cifar10", "cifar100"])
def test_pixels_are_those_of_preprocess_input(name, few):
    wanted = spiking_resnet.preprocess_input(
        np.stack([picture(name, k) for k in range(500, 510)]).astype("float32"), dataset=name
    )
    found = {int(label): image for image, label in load(name, "test", few)}
    labels = [k % keras_snn.datasets.info(name).classes for k in range(500, 510)]
    for label, image in zip(labels, wanted, strict=True):
        np.testing.assert_allclose(found[label], image, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("name", "paper"), [("cifar10", "fsta"), ("imagenet2012", "sma")])
def test_augmentation_is_seeded_and_new_in_each_epoch(name, paper, few):
    def epochs(seed):
        dataset = load(name, "test[:3]", few, augment=paper, seed=seed)
        return [np.stack([image for image, _ in dataset]) for _ in range(2)]

    first, again, other = epochs(3), epochs(3), epochs(4)
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first[0], first[1])
    assert not np.array_equal(first[0], other[0])
    assert first[0].shape[1:] == keras_snn.datasets.info(name).input_shape
    assert np.isfinite(first).all()


@pytest.mark.parametrize("options", [{}, {"cache": False}, {"augment": "fsta"}])
def test_a_resumed_training_goes_on_with_the_images_of_its_epoch(options, few):
    continuation.check(
        lambda epoch: load("cifar10", "train", few, seed=3, initial_epoch=epoch, **options)
    )


def test_test_images_of_imagenet_are_the_middle_of_the_scaled_image(few):
    images = list(load("imagenet2012", "test", few))
    assert len(images) == 6
    flat = np.full((400, 300, 3), 128, "uint8")
    from keras_snn.datasets.images import standardize, to_input

    standard = standardize("imagenet2012", to_input("imagenet2012", tf.constant(flat)))
    wanted = (128 / 255 - np.array([0.485, 0.456, 0.406])) / [0.229, 0.224, 0.225]
    np.testing.assert_allclose(standard[100, 100], wanted, rtol=1e-4)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"time_steps": 4}, "`time_steps` must be None for images"),
        ({"slice_by": "count"}, "`slice_by` must be None for images"),
        ({"augment": "sma"}, "`augment` must be callable or None or 'fsta'"),
        ({"noise": 2}, "`noise` must be absent"),
        ({"cache": 1}, "`cache` must be True, False or None"),
    ],
)
def test_arguments_that_images_do_not_take_are_refused(options, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        keras_snn.datasets.load("cifar10", "test", data_dir=tmp_path, **options)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mnist", "cifar10", "cifar100"])
def test_images_are_read_from_archives_in_the_original_layout(name, tmp_path, monkeypatch):
    folder = tmp_path / "downloads" / "manual"
    getattr(small_archives, name)(folder)
    with pytest.raises(OSError, match=f"{name} could not be fetched from http.*wrong checksum"):
        load(name, "test", tmp_path)
    small_archives.accept(name, folder, monkeypatch)
    monkeypatch.setattr("tensorflow_datasets.image_classification.mnist._TRAIN_EXAMPLES", 20)
    monkeypatch.setattr("tensorflow_datasets.image_classification.mnist._TEST_EXAMPLES", 10)
    splits = [len(load(name, split, tmp_path)) for split in ("train", "validation", "test")]
    assert splits == [18, 2, 10 if name == "mnist" else 4]
    image, label = next(iter(load(name, "test[:1]", tmp_path)))
    assert (image.shape, label < 100) == (keras_snn.datasets.info(name).input_shape, True)


def test_absent_archives_of_imagenet_are_one_sentence(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"Put ILSVRC2012_img_train\.tar, .*image-net"):
        keras_snn.datasets.load("imagenet2012", "test", data_dir=tmp_path)
