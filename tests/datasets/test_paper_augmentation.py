"""The papers' augmentation of images and frames does what it says, from seeds."""

import numpy as np
import pytest
import tensorflow as tf

from keras_snn.datasets import autoaugment
from keras_snn.datasets.autoaugment import POLICIES, auto_augment
from keras_snn.datasets.frame_augmentation import (
    _erase,
    _matrix,
    _rotation,
    _transform,
    flip_and_distort,
    flip_and_shift,
    shrink,
)
from keras_snn.datasets.image_augmentation import augment_imagenet, cut_out

FRAMES = np.random.default_rng(0).integers(1, 9, (3, 11, 13, 2)).astype("float32")


def shifted(frames, down, right):
    """Whole pixels, zeros from beyond the edges."""
    _, height, width, _ = frames.shape
    moved = np.zeros_like(frames)
    rows, columns = np.mgrid[:height, :width]
    inside = (rows - down >= 0) & (rows - down < height)
    inside &= (columns - right >= 0) & (columns - right < width)
    moved[:, inside] = frames[:, (rows - down)[inside], (columns - right)[inside]]
    return moved


def test_flip_and_shift_reaches_every_whole_shift_and_nothing_else():
    wanted = {
        shifted(image, down, right).astype("int8").tobytes(): (flip, down, right)
        for flip, image in enumerate((FRAMES, FRAMES[:, :, ::-1]))
        for down in range(-5, 6)
        for right in range(-5, 6)
    }
    results = [flip_and_shift(FRAMES, (k, 7)).numpy() for k in range(400)]
    seen = {wanted[result.astype("int8").tobytes()] for result in results}
    assert {flip for flip, _, _ in seen} == {0, 1}
    assert {down for _, down, _ in seen} == {right for _, _, right in seen} == set(range(-5, 6))


def test_shear_and_rotation_keep_the_middle_and_are_equal_at_all_steps():
    square = np.zeros((2, 11, 11, 1), "float32")
    square[:, 5, 2:9] = 1
    turned = _transform(square, _rotation(tf.constant(np.pi / 2, tf.float32), 11.0, 11.0))
    np.testing.assert_array_equal(turned, square.transpose(0, 2, 1, 3))
    upright = square.transpose(0, 2, 1, 3)
    sheared = _transform(upright, _matrix(shear=1.0, middle=5.0)).numpy()
    rows, columns = np.nonzero(sheared[0, :, :, 0])
    np.testing.assert_array_equal(rows + columns, np.full(7, 10))
    np.testing.assert_array_equal(sheared[0], sheared[1])


def test_erasing_takes_a_square_of_at_most_eleven_per_cent():
    frames = np.ones((2, 64, 64, 2), "float32")
    for k in range(30):
        lost = np.argwhere(_erase(frames, (k, 1)).numpy()[0, :, :, 0] == 0)
        height, width = np.ptp(lost, axis=0) + 1
        assert height == width
        assert len(lost) == height * width
        assert len(lost) * 1.3 >= 0.001 * 64**2
        assert len(lost) <= 22**2


def test_one_of_six_distortions_is_drawn_for_all_steps_together():
    frames = np.repeat(FRAMES[:1], 3, axis=0)
    results = [flip_and_distort(frames, (k, 3)).numpy() for k in range(60)]
    for result in results:
        np.testing.assert_array_equal(result[0], result[1])
    alone = [frames.tobytes(), frames[:, :, ::-1].tobytes()]
    unchanged = sum(result.tobytes() in alone for result in results)
    assert 5 <= unchanged <= 30  # a sixth, and small shears, shifts by 0
    np.testing.assert_array_equal(results[5], flip_and_distort(frames, (5, 3)))


def test_shrinking_by_the_filter_keeps_the_number_of_events_and_its_weights():
    frames = np.zeros((2, 8, 12, 2), "float32")
    frames[1, 3, 6, 0] = 16.0
    small = shrink(tf.constant(frames), (4, 6)).numpy()
    assert small.shape == (2, 4, 6, 2)
    rows, columns = np.array([0, 3, 1, 0]), np.array([0, 0, 1, 3, 0, 0])
    np.testing.assert_allclose(small[1, :, :, 0], np.outer(rows, columns), rtol=1e-5)
    assert small.sum() == pytest.approx(16.0)


def test_random_crops_shrink_without_aliasing():
    stripes = np.zeros((600, 600, 3), "uint8")
    stripes[::2] = 255  # a crop of 8 % of the area shrinks to less than a third
    image = augment_imagenet(stripes, (1, 2), size=48, policy=None).numpy()
    assert 120 < image[4:-4].min() <= image[4:-4].max() < 135


def test_cutout_removes_a_square_that_edges_cut_off():
    image = np.ones((32, 32, 3), "float32")
    sizes = set()
    for k in range(40):
        lost = np.argwhere(cut_out(image, (k, 0), (0.0, 0.5, 0.0)).numpy()[:, :, 1] == 0.5)
        sizes.add(len(lost))
    assert max(sizes) == 16 * 16
    assert 8 * 8 <= min(sizes) < 16 * 16


@pytest.mark.parametrize("policy", POLICIES)
def test_policies_have_25_pairs_of_known_operations(policy):
    pairs = POLICIES[policy]
    assert len(pairs) == 25
    image = np.random.default_rng(0).integers(256, size=(12, 10, 3), dtype="uint8")
    picture = autoaugment.import_extra("PIL.Image", "data").fromarray(image)
    for name, probability, magnitude in {step for pair in pairs for step in pair}:
        assert 0 <= probability <= 1
        assert np.shape(autoaugment.apply(picture, name, magnitude)) == image.shape


def test_operations_of_autoaugment_have_the_strength_of_their_magnitude():
    from PIL import Image

    ramp = Image.fromarray(np.tile(np.arange(0, 250, 10, "uint8")[:, None, None], (1, 9, 3)))

    def changed(name, magnitude, sign=1):
        return np.asarray(autoaugment.apply(ramp, name, magnitude, sign))[:, 0, 0]

    plain = np.asarray(ramp)[:, 0, 0]
    np.testing.assert_array_equal(changed("Invert", 0), 255 - plain)
    np.testing.assert_array_equal(changed("Posterize", 9), plain & 0xF0)
    np.testing.assert_array_equal(changed("Posterize", 0), plain)
    np.testing.assert_array_equal(changed("Brightness", 9, -1), (plain * 0.1).astype("uint8"))
    threshold = 255 * (1 - 3 / 9)
    inverted = np.where(plain < threshold, plain, 255 - plain)
    np.testing.assert_array_equal(changed("Solarize", 3), inverted)
    shift = 25 * 150 / 331  # of 25 rows
    np.testing.assert_array_equal(changed("TranslateY", 9)[:10], plain[round(shift) :][:10])
    np.testing.assert_array_equal(changed("Rotate", 0), plain)


def test_autoaugment_is_the_generators_and_leaves_the_image_as_it_is():
    image = np.random.default_rng(1).integers(256, size=(32, 32, 3), dtype="uint8")
    copy = image.copy()
    one, two = (auto_augment(image, np.random.default_rng(4)) for _ in range(2))
    np.testing.assert_array_equal(one, two)
    np.testing.assert_array_equal(image, copy)
    different = {auto_augment(image, np.random.default_rng(k)).tobytes() for k in range(20)}
    assert len(different) > 5
    with pytest.raises(ValueError, match="`policy` must be one of 'cifar10', 'imagenet'"):
        auto_augment(image, np.random.default_rng(0), "svhn")
