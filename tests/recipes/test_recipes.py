"""Every recipe is complete."""

from dataclasses import fields, replace

import keras
import networks
import numpy as np
import pytest
import samples
import tensorflow as tf
from options import parse
from recipes import RECIPES

import keras_snn
from keras_snn.applications.plan import Plan
from keras_snn.datasets.epochs import EpochSeeds
from keras_snn.datasets.pipelines import augmentations


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_fits_its_data_and_its_network(name, monkeypatch):
    """Names, sizes and arguments are right before anybody downloads a data set."""
    recipe, options = RECIPES[name], parse([name], None)
    info = keras_snn.datasets.info(recipe.dataset)
    steps = recipe.data.get("time_steps", info.input_shape[0])
    frames = len(info.input_shape) == 4
    size = recipe.data.get("size", info.input_shape[1:3]) if frames else ()
    shape = (steps, *size, 2) if frames else info.input_shape
    if isinstance(recipe.network, str):
        built = {}
        take = lambda **given: built.update(given)  # noqa: E731
        monkeypatch.setattr(keras_snn.applications, recipe.network, take)
        networks.build(recipe, options, shape)
        assert built.keys() <= {field.name for field in fields(Plan)}
        assert (built["input_shape"], built["classes"]) == (shape, info.classes)
    augment = recipe.data.get("augment")
    assert augment is None or augment in augmentations(recipe.dataset)
    optimizer = networks._optimizer(recipe, recipe.learning_rate)
    assert type(optimizer).__name__.lower() == recipe.optimizer
    assert isinstance(networks._loss(recipe), keras.losses.Loss)


def test_depths_differ_in_network_and_batch_alone():
    for paper, depths in (("sma", (34, 104)), ("fsta", (34,))):
        first = RECIPES[f"{paper}_imagenet2012_resnet18"]
        for depth in depths:
            other = RECIPES[f"{paper}_imagenet2012_resnet{depth}"]
            same = replace(other, network=first.network, batch_size=first.batch_size)
            assert same == first
            assert other.network.removesuffix(str(depth)) == first.network.removesuffix("18")


def test_mixup_mixes_frames_and_labels_with_the_same_share():
    x = tf.one_hot(range(6), 6)[:, None, None, None, :] * tf.ones((6, 2, 3, 4, 1))
    mixed, labels = samples.mixup(x, tf.one_hot(range(6), 6), 0.5, (0, 1))
    assert mixed.shape == x.shape
    np.testing.assert_allclose(mixed[:, 1, 2, 3], labels, atol=1e-6)
    np.testing.assert_allclose(np.sum(labels, axis=1), 1, atol=1e-6)
    assert np.any((labels > 0.01) & (labels < 0.99))


@pytest.mark.parametrize(
    ("alpha", "distribution"),
    [(0.5, lambda s: 2 / np.pi * np.arcsin(np.sqrt(s))), (1.0, lambda s: s)],
)
def test_shares_of_mixup_have_the_beta_distribution(alpha, distribution):
    """Each pair has a share of its own: Kolmogorov and Smirnov, 99.9 %."""
    x = tf.range(10_000, dtype=tf.float32)[:, None]
    ones, _ = samples.mixup(tf.ones_like(x), x, alpha, (3, 4))
    np.testing.assert_allclose(ones, 1, atol=1e-6)
    keys = np.random.default_rng(0).permutation(10_000)[:, None] >= 5_000  # half 0, half 1
    y = tf.constant(keys, tf.float32)
    mixed, _ = samples.mixup(y, y, alpha, (3, 4))
    share = np.sort(mixed[keys[:, 0] & (mixed[:, 0] < 1)].numpy().ravel())
    empirical = (np.arange(len(share)) + 0.5) / len(share)
    assert len(share) > 2_000
    assert np.abs(distribution(share) - empirical).max() < 1.95 / np.sqrt(len(share))


def test_mixup_follows_from_seed_epoch_and_batch():
    data = tf.data.Dataset.range(40).batch(8).map(lambda k: (tf.one_hot(k, 40), tf.one_hot(k, 40)))

    def epochs(seed, first, number):
        mixed = samples.mixed(data, 0.5, EpochSeeds(seed, first))
        return [np.concatenate([x for x, _ in mixed]).tobytes() for _ in range(number)]

    whole = epochs(0, 0, 4)
    assert len(set(whole)) == 4
    assert epochs(0, 2, 2) == whole[2:]
    assert epochs(1, 0, 1) != whole[:1]


@pytest.mark.parametrize(
    ("limits", "part"), [([], "test"), ([50, 20], "test[:20]"), ([50], "test[:31]")]
)
def test_a_limit_beyond_a_split_takes_all_of_it(limits, part):
    assert samples.limited("test", limits, lambda: 31) == part
