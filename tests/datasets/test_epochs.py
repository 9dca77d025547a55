"""Orders and random numbers follow from the seed and the number of the epoch."""

import keras
import pytest
import tensorflow as tf

import keras_snn.datasets
from keras_snn.datasets.epochs import EpochSeeds
from keras_snn.training import Backup
from keras_snn.utils import event_dataset_from_directory
from tests.datasets import continuation, small_archives, writers


def numbers(dataset):
    return [int(number) for number in dataset]


def test_an_epochs_order_is_the_same_in_every_program():
    data = tf.data.Dataset.range(10)
    orders = {}
    for first in range(4):
        keras.utils.set_random_seed(first)  # 0 among them
        shuffled = EpochSeeds(5, first).shuffle(data)
        assert shuffled.cardinality() == 10
        for epoch in range(first, 4):
            orders.setdefault(epoch, []).append(numbers(shuffled))
    assert all(len({tuple(order) for order in found}) == 1 for found in orders.values())
    assert len({tuple(found[0]) for found in orders.values()}) == 4
    assert all(sorted(found[0]) == list(range(10)) for found in orders.values())
    assert numbers(EpochSeeds(6).shuffle(data)) != orders[0][0]


def test_without_a_seed_keras_seed_is_followed():
    orders = []
    for seed in (1, 1, 2):
        keras.utils.set_random_seed(seed)
        orders.append(numbers(EpochSeeds(None).shuffle(tf.data.Dataset.range(10))))
    assert orders[0] == orders[1] != orders[2]


def test_every_order_is_equally_likely():
    shuffled = EpochSeeds(0).shuffle(tf.data.Dataset.range(3))
    found = [tuple(numbers(shuffled)) for _ in range(600)]
    counts = [found.count(order) for order in set(found)]
    assert len(counts) == 6
    assert sum((count - 100) ** 2 / 100 for count in counts) < 20.5  # chi-squared, 99.9 %


def test_a_small_buffer_moves_samples_forward_by_less_than_its_size():
    order = numbers(EpochSeeds(0).shuffle(tf.data.Dataset.range(50), at_once=4))
    assert sorted(order) == list(range(50)) != order
    assert all(number < place + 4 for place, number in enumerate(order))


def test_pairs_have_a_seed_for_each_sample_of_each_epoch():
    paired = EpochSeeds(0).pair(tf.data.Dataset.range(5))
    assert paired.cardinality() == 5
    seeds = [tuple(seed.numpy()) for _ in range(3) for _, seed in paired]
    assert len(set(seeds)) == 15
    drawn = [tf.random.stateless_uniform((), seed).numpy() for seed in seeds]
    assert len(set(drawn)) == 15


def test_a_data_set_without_a_known_size_is_refused():
    endless = tf.data.Dataset.range(3).repeat()
    for use in (EpochSeeds(0).shuffle, EpochSeeds(0).pair):
        with pytest.raises(ValueError, match="`dataset` must have a known size above 0"):
            use(endless)


def test_backup_orders_by_the_epoch_whatever_was_iterated_in_between(tmp_path):
    backup = Backup(tmp_path / "backup.npz")
    shuffled = backup.shuffle(tf.data.Dataset.range(10), seed=5)
    wanted = [numbers(EpochSeeds(5, epoch).shuffle(tf.data.Dataset.range(10))) for epoch in (0, 3)]
    for epoch, order in zip((0, 3, 0), (*wanted, wanted[0]), strict=True):
        backup.on_epoch_begin(epoch)
        assert numbers(shuffled) == order
        assert numbers(shuffled) != order


@pytest.mark.parametrize("options", [{}, {"cache": False}, {"cache": False, "batch_size": 7}])
def test_frames_go_on_in_the_order_of_the_epoch(options, few_digits, tmp_path):
    def make(epoch):
        given = {"data_dir": tmp_path, "seed": 3, "initial_epoch": epoch, **options}
        return keras_snn.datasets.load("event_digits", "train", **given)

    continuation.check(make)


@pytest.mark.parametrize("paper", ["sma", "fsta"])
@pytest.mark.parametrize("shuffle", [True, False])
def test_a_papers_augmentation_goes_on_with_that_of_the_epoch(paper, shuffle, tmp_path):
    folder = keras_snn.datasets.info("cifar10_dvs", tmp_path).archive_dir
    options = {"data_dir": tmp_path, "md5": small_archives.cifar10_dvs(folder), "size": (32, 32)}
    options |= {"augment": paper, "shuffle": shuffle, "time_steps": 2, "seed": 3}

    def make(epoch):
        return keras_snn.datasets.load("cifar10_dvs", "train[:8]", initial_epoch=epoch, **options)

    continuation.check(make)


@pytest.mark.parametrize("shuffle", [True, False])
def test_a_folder_of_recordings_goes_on_with_the_epochs_order_and_changes(shuffle, tmp_path):
    for label, name in enumerate(("walk", "jump")):
        (tmp_path / name).mkdir()
        for seed in range(3):
            events = writers.random_events(seed=seed, number=100 + 10 * label + seed)
            (tmp_path / name / f"{seed}.dat").write_bytes(writers.dat(events))

    def half(events, generator):
        return events[generator.random(len(events)) < 0.5]

    options = {"time_steps": 2, "size": (4, 4), "verbose": False, "shuffle": shuffle, "seed": 1}

    def make(epoch):
        given = {"augment_events": half, "initial_epoch": epoch, **options}
        return event_dataset_from_directory(tmp_path, **given)

    continuation.check(make)


def test_shuffled_frames_are_read_once_and_stay_in_memory(few_digits, tmp_path):
    dataset = keras_snn.datasets.load("event_digits", "train", data_dir=tmp_path, seed=0)
    first = sorted(frames.numpy().tobytes() for frames, _ in dataset)
    for file in tmp_path.rglob("*.tfrecord*"):
        file.unlink()
    for _ in range(2):
        assert sorted(frames.numpy().tobytes() for frames, _ in dataset) == first


@pytest.mark.parametrize("epoch", [-1, 1.5, True])
def test_an_epoch_that_is_no_count_is_refused(epoch, tmp_path):
    message = "`initial_epoch` must be an integer of at least 0"
    with pytest.raises(ValueError, match=message):
        keras_snn.datasets.load("event_digits", "train", data_dir=tmp_path, initial_epoch=epoch)
    with pytest.raises(ValueError, match=message):
        event_dataset_from_directory(tmp_path, initial_epoch=epoch)
    assert not list(tmp_path.iterdir())
