"""The devices and hosts that train one model together."""

import contextlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import keras

from keras_snn.validation import choice, count, require

KINDS = ("jax", "mirrored", "workers")


@dataclass(frozen=True)
class Devices:
    """The devices that train together, and this process among those that hold them.

    Args:
        number: Devices of all processes together.
        processes: Number of processes, one per host.
        process: This one, from 0.
        scope: Gives the context in which a model is built, compiled and trained.
    """

    number: int = 1
    processes: int = 1
    process: int = 0
    scope: Callable[[], AbstractContextManager[Any]] = contextlib.nullcontext

    @property
    def first(self) -> bool:
        """True for the process that writes files."""
        return self.process == 0

    def batch_size(self, total: int) -> int:
        """Returns the batch size of this process for a batch of `total` samples on all devices."""
        rule = f"be a multiple of the {self.number} devices"
        require(total % self.number == 0, "batch_size", rule, batch_size=total)
        return total // self.processes

    def share(self, dataset: Any, batch_size: int) -> Any:
        """Batches this process's part of a data set.

        Process k of P takes the samples k, k + P, k + 2 P and so on, so that the batches of all
        processes together hold the samples of the batches of one process. A last batch that is
        smaller is left out, because all processes must make the same number of steps.

        Args:
            dataset: A `tf.data.Dataset` of single samples, in the same order in every process.
            batch_size: Samples in a batch of all devices.
        """
        own = dataset.shard(self.processes, self.process)
        return own.batch(self.batch_size(batch_size), drop_remainder=True)

    def split(self, name: str, samples: int) -> str:
        """Returns the slice of a split that this process reads: parts of equal size.

        Up to `processes - 1` samples at the end belong to no part.

        Args:
            name: Of the split, for example "train".
            samples: Their number in it.

        Example:
            >>> keras_snn.distribution.Devices(16, processes=2, process=1).split("train", 1001)
            'train[500:1000]'
        """
        if self.processes == 1:
            return name
        part = samples // self.processes
        require(
            part > 0, "samples", f"be at least {self.processes}, one a process", samples=samples
        )
        return f"{name}[{self.process * part}:{(self.process + 1) * part}]"


def distribute(
    kind: str | None = None,
    *,
    coordinator: str | None = None,
    processes: int = 1,
    process: int = 0,
) -> Devices:
    """Prepares this process to train on several devices: every device takes a part of each batch.

        devices = keras_snn.distribution.distribute("jax")
        data = devices.share(samples, batch_size=256)
        with devices.scope():
            model = keras_snn.applications.SMAResNet18(...)
            model.compile(...)
            model.fit(data)

    "jax" needs the JAX backend and uses all devices of all processes; its results are those of
    one device, because a batch is one array that lies on all of them. Several processes must call
    this before anything else of JAX runs, after `keras.utils.set_random_seed`. "mirrored" needs
    the TensorFlow backend and uses the devices of one host; each replica normalizes its own part
    of the batch unless the model goes through `synchronize`, and `AZO` selects from its own part.

    Args:
        kind: "jax", "mirrored", or None for one device. "workers" is refused: `fit` of Keras
            fails under `tf.distribute.MultiWorkerMirroredStrategy`.
        coordinator: "host:port" of process 0, where there are several processes.
        processes: Their number.
        process: The number of this one, from 0.

    Returns:
        The devices.

    Raises:
        ValueError: for an argument out of its range, or a kind that the backend does not have.
    """
    if kind is None:
        return Devices()
    choice("kind", kind, KINDS)
    rule = 'be "jax", with KERAS_BACKEND=jax, for several hosts: `fit` of Keras 3.15 fails there'
    require(kind != "workers", "kind", rule, kind=kind)
    needed = {"jax": "jax", "mirrored": "tensorflow"}[kind]
    backend = keras.backend.backend()
    rule = f"be run with KERAS_BACKEND={needed}"
    require(backend == needed, "kind", rule, kind=kind, backend=backend)
    count("processes", processes)
    own = count("process", process, at_least=0)
    require(own < processes, "process", f"be less than {processes}", process=process)
    return _mirrored(processes) if kind == "mirrored" else _jax(coordinator, processes, own)


def _mirrored(processes: int) -> Devices:
    import tensorflow as tf

    require(processes == 1, "processes", 'be 1 for "mirrored"', processes=processes)
    places = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
    strategy = tf.distribute.MirroredStrategy([place.name for place in places])
    return Devices(number=strategy.num_replicas_in_sync, scope=strategy.scope)


def _jax(coordinator: str | None, processes: int, process: int) -> Devices:
    if processes > 1:
        rule = "be host:port of process 0 where there are several processes"
        require(isinstance(coordinator, str), "coordinator", rule, coordinator=coordinator)
        keras.distribution.initialize(coordinator, processes, process)
    distribution = keras.distribution.DataParallel(auto_shard_dataset=False)
    return Devices(
        number=len(keras.distribution.list_devices()),
        processes=processes,
        process=process,
        scope=distribution.scope,
    )
