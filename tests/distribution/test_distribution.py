"""Many devices and many hosts train the model that one device trains."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from keras_snn import applications, distribution, layers
from tests.applications.miniatures import MINIATURES

ROOT = Path(__file__).parents[2]


def start(module, *arguments, backend):
    """A process of a backend."""
    return subprocess.Popen(
        [sys.executable, "-m", f"tests.distribution.{module}", *map(str, arguments)],
        env={**os.environ, "KERAS_BACKEND": backend, "JAX_ENABLE_X64": "1"},
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def end(process):
    _, said = process.communicate(timeout=600)
    assert process.returncode == 0, said[-3000:]


def split(path):
    """The arrays of every run of `devices_script`."""
    runs = {}
    for name, value in np.load(path).items():
        run, _, key = name.partition("/")
        runs.setdefault(run, {})[key] = value
    return runs


def largest_difference(run, wanted):
    assert run.keys() == wanted.keys()
    return max(float(np.max(np.abs(run[key] - wanted[key]))) for key in wanted)


def runs_of(backend, path, *names):
    end(start("devices_script", path, *names, backend=backend))
    runs = split(path)
    assert np.ptp(runs["1"]["outputs"]) > 0.1
    return runs


@pytest.mark.slow
def test_two_replicas_equal_one_where_they_are_synchronized(tmp_path):
    runs = runs_of("tensorflow", tmp_path / "runs.npz", "1", "2", "apart")
    assert largest_difference(runs["2"], runs["1"]) < 1e-9
    assert largest_difference(runs["apart"], runs["1"]) > 1e-6


@pytest.mark.slow
def test_eight_replicas_equal_one(tmp_path):
    runs = runs_of("tensorflow", tmp_path / "runs.npz", "1", "8")
    assert largest_difference(runs["8"], runs["1"]) < 1e-9


@pytest.mark.slow
def test_two_and_eight_devices_of_jax_equal_one_without_synchronization_too(tmp_path):
    runs = runs_of("jax", tmp_path / "runs.npz", "1", "2", "8", "apart")
    for name in ("2", "8", "apart"):
        assert largest_difference(runs[name], runs["1"]) < 1e-9


def free_port():
    with socket.socket() as found:
        found.bind(("localhost", 0))
        return found.getsockname()[1]


def hosts(processes, folder, epochs):
    """What the first of several processes has learned."""
    folder.mkdir(exist_ok=True)
    port = free_port()
    started = [
        start("hosts_script", processes, process, port, folder, epochs, backend="jax")
        for process in range(processes)
    ]
    for process in started:
        end(process)
    return dict(np.load(folder / "0.npz"))


@pytest.mark.slow
def test_two_hosts_equal_one_and_go_on_from_a_backup(tmp_path):
    wanted = hosts(1, tmp_path / "one", 3)
    hosts(2, tmp_path / "two", 2)
    resumed = hosts(2, tmp_path / "two", 3)
    assert len(resumed["losses"]) == 3
    assert largest_difference(resumed, wanted) < 1e-9


def test_every_batch_normalization_of_a_network_is_synchronized():
    model = distribution.synchronize(applications.SMAVGG8(**MINIATURES["SMAVGG8"]))
    found = [la for la in model._flatten_layers() if isinstance(la, layers.BatchNormalization)]
    assert len(found) > 8
    assert all(layer.get_config()["synchronized"] for layer in found)
    with pytest.raises(ValueError, match="`model` must have a batch normalization of keras_snn"):
        distribution.synchronize(keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]))


def test_shares_of_all_processes_are_the_batches_of_one():
    import tensorflow as tf

    samples = tf.data.Dataset.range(22)
    parts = [
        list(distribution.Devices(4, 2, process).share(samples, 8).as_numpy_iterator())
        for process in range(2)
    ]
    for step in range(2):
        together = np.concatenate([part[step] for part in parts])
        assert sorted(together) == list(range(8 * step, 8 * step + 8))
    assert [len(part) for part in parts] == [2, 2]
    with pytest.raises(ValueError, match="`batch_size` must be a multiple of the 4 devices"):
        distribution.Devices(4, 2, 0).share(samples, 6)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"kind": "gpus"}, "`kind` must be one of 'jax', 'mirrored', 'workers'"),
        ({"kind": "workers"}, '`kind` must be "jax", with KERAS_BACKEND=jax, for several hosts'),
        ({"kind": "jax"}, "`kind` must be run with KERAS_BACKEND=jax"),
        ({"kind": "mirrored", "processes": 2}, '`processes` must be 1 for "mirrored"'),
        ({"kind": "mirrored", "processes": 0}, "`processes` must be an integer of at least 1"),
        ({"kind": "mirrored", "process": 1}, "`process` must be less than 1"),
    ],
)
def test_what_cannot_be_distributed_is_refused(arguments, sentence):
    with pytest.raises(ValueError, match=sentence) as error:
        distribution.distribute(**arguments)
    assert "\n" not in str(error.value)


def test_one_device_needs_no_preparation():
    devices = distribution.distribute()
    assert (devices.number, devices.first, devices.batch_size(7)) == (1, True, 7)
    with devices.scope():
        assert keras.Input((2,)).shape == (None, 2)


def test_memory_is_counted_by_hand():
    inputs = keras.Input((2, 3, 3, 1))
    x = layers.TimeDistributed(keras.layers.Conv2D(4, 3, padding="same"))(inputs)
    model = keras.Model(inputs, layers.LIF()(x))
    found = distribution.memory_per_device(model, batch_size=5, slots=1)
    assert found.variables == 3 * 4 * (9 * 4 + 4)
    assert found.activations == 4 * 5 * 2 * (2 * 3 * 3 * 4)
    assert found.total == found.variables + found.activations
    with pytest.raises(ValueError, match="`batch_size` must be an integer of at least 1"):
        distribution.memory_per_device(model, 0)


@pytest.mark.slow
def test_memory_of_a_miniature_is_at_least_the_estimated_one():
    command = [sys.executable, "-m", "tests.distribution.memory_script"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    estimated, measured = map(int, run.stdout.splitlines()[-1].split())
    assert 1.0 < measured / estimated < 4.0
