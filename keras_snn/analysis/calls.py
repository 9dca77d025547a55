"""Reports the calls of layers to observers, wherever the layers are in a model."""

import contextlib
import functools
import threading
from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

import keras
from keras import ops


class Call(NamedTuple):
    """A call of a layer, or all steps of a cell together.

    Args:
        path: Path of the layer in the model.
        layer: The layer.
        inputs: The first argument of the call; for a cell (batch, time, units).
        outputs: The outputs without states; for a cell (batch, time, units).
        scores: Attention scores, if an observer asks for them and the layer has them.
        arguments: The other arguments of the call, by name.
    """

    path: str
    layer: Any
    inputs: Any
    outputs: Any
    scores: tuple[Any, ...] = ()
    arguments: dict[str, Any] = {}  # noqa: RUF012, never written to


class Batch(NamedTuple):
    """The inputs, labels and outputs of a batch; labels are None if the data have none."""

    inputs: Any
    labels: Any
    outputs: Any


class Observer(Protocol):
    """Receives the calls of the layers that it watches."""

    def watched(self, model: Any) -> dict[str, Any]:
        """Returns the layers whose calls are reported, by path."""

    def observe(self, call: Call) -> None:
        """Receives a call of one of these layers."""

    def end_batch(self, batch: Batch) -> None:
        """Receives a batch after the model has processed it."""


_LOCK = threading.RLock()
"""Held while calls of layers are observed: a layer is watched by one thread at a time."""


@contextlib.contextmanager
def observed(model: Any, observers: tuple[Observer, ...]) -> Iterator[None]:
    """Reports to observers, within the context, the calls of the layers that they watch."""
    watching: dict[int, tuple[str, Any, list[Observer]]] = {}
    for observer in observers:
        for path, layer in observer.watched(model).items():
            watching.setdefault(id(layer), (path, layer, []))[2].append(observer)
    with _LOCK, contextlib.ExitStack() as stack:
        for rnn in model._flatten_layers():
            if isinstance(rnn, keras.layers.RNN) and _repeats(rnn, watching):
                stack.enter_context(_replaced(rnn, "unroll", True))  # JAX would trace the cell
        for path, layer, told in watching.values():
            stack.enter_context(_told(path, layer, told))
        yield


def _repeats(rnn: Any, watching: dict[int, Any]) -> bool:
    return any(id(layer) in watching for layer in rnn.cell._flatten_layers())


@contextlib.contextmanager
def _replaced(layer: Any, name: str, value: Any) -> Iterator[None]:
    """Gives an attribute of a layer another value within the context."""
    own = name in vars(layer)
    before = getattr(layer, name)
    setattr(layer, name, value)
    try:
        yield
    finally:
        if own:
            setattr(layer, name, before)
        else:
            delattr(layer, name)


@contextlib.contextmanager
def _told(path: str, layer: Any, observers: list[Observer]) -> Iterator[None]:
    """Reports to observers, within the context, every call of the layer by this thread."""
    call, owner, steps = layer.call, threading.get_ident(), []
    scored = any(getattr(observer, "scores", False) for observer in observers)

    @functools.wraps(call)
    def told(*args: Any, **kwargs: Any) -> Any:
        if threading.get_ident() != owner:
            return call(*args, **kwargs)
        returned, scores = _call(call, args, kwargs, scored)
        outputs = returned[0] if isinstance(returned, (tuple, list)) else returned
        inputs, *_ = args or kwargs.values()
        if _is_cell(layer):
            steps.append((inputs, outputs))
        else:
            _tell(observers, Call(path, layer, inputs, outputs, scores, kwargs))
        return returned

    with _replaced(layer, "call", told):
        yield
    if steps:
        inputs, outputs = (ops.stack(each, axis=1) for each in zip(*steps, strict=True))
        _tell(observers, Call(path, layer, inputs, outputs))


def _call(call: Any, args: Any, kwargs: Any, scored: bool) -> tuple[Any, tuple[Any, ...]]:
    """Returns the layer's result, and its attention scores if `scored`."""
    if not scored:
        return call(*args, **kwargs), ()
    outputs, *scores = call(*args, **{**kwargs, "return_attention_scores": True})
    asked = kwargs.get("return_attention_scores", False)
    return (outputs, *scores) if asked else outputs, tuple(scores)


def _is_cell(layer: Any) -> bool:
    return hasattr(layer, "state_size") and not isinstance(layer, keras.layers.RNN)


def _tell(observers: list[Observer], call: Call) -> None:
    for observer in observers:
        observer.observe(call)
