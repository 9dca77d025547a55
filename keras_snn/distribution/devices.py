"""The devices and hosts that train one model together."""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import keras

from keras_snn.validation import choice, count, require

KINDS = ("jax", "mirrored", "workers")


@dataclass(frozen=True)
class Devices:
    """The devices that train together, and the part of this process.

    Args:
        number: Number of devices of all processes together.
        processes: Number of processes, one per host.
        process: Number of this process, from 0.
        scope: Returns the context in which a model is built, compiled and trained.
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

        Process k of P takes the samples k, k + P, k + 2 P and so on. The batches of all processes
        together therefore hold the samples that a single process would put into its batches. A
        smaller last batch is left out, because all processes must make the same number of steps.

        Args:
            dataset: A `tf.data.Dataset` of single samples, in the same order in every process.
            batch_size: Number of samples in a batch of all devices.
        """
        own = dataset.shard(self.processes, self.process)
        return own.batch(self.batch_size(batch_size), drop_remainder=True)

    def split(self, name: str, samples: int) -> str:
        """Returns the slice of a split that this process reads; all slices have the same size.

        Up to `processes - 1` samples at the end belong to no slice.

        Args:
            name: Name of the split, such as "train".
            samples: Number of samples in the split.

        Example:
            >>> keras_snn.distribution.Devices(16, processes=2, process=1).split("train", 1001)
            'train[500:1000]'
        """
        if self.processes == 1:
            return name
        part = samples // self.processes
        rule = f"be at least {self.processes}, one per process"
        require(part > 0, "samples", rule, samples=samples)
        return f"{name}[{self.process * part}:{(self.process + 1) * part}]"


def distribute(
    kind: str | None = None,
    *,
    coordinator: str | None = None,
    processes: int = 1,
    process: int = 0,
) -> Devices:
    """Prepares this process to train on several devices, each with a part of every batch.

        devices = keras_snn.distribution.distribute("jax")
        data = devices.share(samples, batch_size=256)
        with devices.scope():
            model = keras_snn.applications.SMAResNet18(...)
            model.compile(...)
            model.fit(data)

    "jax" needs the JAX backend and uses all devices of all processes. Its results are those of one
    device, because a batch is one array that is spread over all of them. With several processes,
    call this before any other use of JAX, and after `keras.utils.set_random_seed`. "mirrored" needs
    the TensorFlow backend and uses the devices of one host. Each replica normalizes its own part of
    the batch, unless `synchronize` was applied to the model, and `AZO` selects from its own part.

    Args:
        kind: "jax", "mirrored", or None for one device. "workers" is refused, because Keras's `fit`
            fails under `tf.distribute.MultiWorkerMirroredStrategy`.
        coordinator: "host:port" of process 0, if there are several processes.
        processes: Number of processes.
        process: Number of this process, from 0.

    Returns:
        The devices.

    Raises:
        ValueError: If an argument is out of range, or if the backend does not have this kind.
    """
    if kind is None:
        return Devices()
    choice("kind", kind, KINDS)
    rule = 'be "jax", with KERAS_BACKEND=jax, for several hosts, where `fit` of Keras 3.15 fails'
    require(kind != "workers", "kind", rule, kind=kind)
    needed = {"jax": "jax", "mirrored": "tensorflow"}[kind]
    backend = keras.backend.backend()
    rule = f"be run with KERAS_BACKEND={needed}"
    require(backend == needed, "kind", rule, kind=kind, backend=backend)
    count("processes", processes)
    own = count("process", process, at_least=0)
    require(own < processes, "process", f"be less than {processes}", process=process)
    return _mirrored(processes) if kind == "mirrored" else _jax(coordinator, processes, own)


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Opens a context in which one of several processes makes variables for itself.

    Where a model is distributed, all processes make every variable together. Keras makes one when
    it saves an optimizer, and a process that saves without the others would wait for them forever.
    """
    together = keras.distribution.distribution()
    keras.distribution.set_distribution(None)
    try:
        yield
    finally:
        keras.distribution.set_distribution(together)


def _mirrored(processes: int) -> Devices:
    import tensorflow as tf

    require(processes == 1, "processes", 'be 1 for "mirrored"', processes=processes)
    places = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
    strategy = tf.distribute.MirroredStrategy([place.name for place in places])
    return Devices(number=strategy.num_replicas_in_sync, scope=strategy.scope)


def _jax(coordinator: str | None, processes: int, process: int) -> Devices:
    if processes > 1:
        rule = "be host:port of process 0 if there are several processes"
        require(isinstance(coordinator, str), "coordinator", rule, coordinator=coordinator)
        keras.distribution.initialize(coordinator, processes, process)
    distribution = keras.distribution.DataParallel(auto_shard_dataset=False)
    return Devices(
        number=len(keras.distribution.list_devices()),
        processes=processes,
        process=process,
        scope=distribution.scope,
    )
