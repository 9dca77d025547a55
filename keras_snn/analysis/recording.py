"""One pass over data during which the calls of layers are observed, wherever the layers stand.

An *observer* says which layers of a model it watches and is told every call of them. Several
observers share a pass. Nothing is rebuilt and no activation outlives its batch.
"""

import contextlib
import functools
import threading
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Protocol

import keras
from keras import ops

from keras_snn.analysis.batches import batches, size_of
from keras_snn.layers.neuron import Neuron
from keras_snn.validation import require


class Call(NamedTuple):
    """A call of a layer, or all steps of a cell together.

    Args:
        path: Path of the layer in the model.
        layer: The layer.
        inputs: Its first argument; of a cell (batch, time, units).
        outputs: Its outputs without states; of a cell (batch, time, units).
        scores: Attention scores, where an observer asks for them and the layer gives them.
        arguments: The call's further arguments by name.
    """

    path: str
    layer: Any
    inputs: Any
    outputs: Any
    scores: tuple[Any, ...] = ()
    arguments: dict[str, Any] = {}  # noqa: RUF012, never written to


class Batch(NamedTuple):
    """What went into the model and came out of it; labels are None where the data have none."""

    inputs: Any
    labels: Any
    outputs: Any


class Observer(Protocol):
    """What watches layers during a pass."""

    def watched(self, model: Any) -> dict[str, Any]:
        """Paths to the layers whose calls are observed."""

    def observe(self, call: Call) -> None:
        """Is told a call of one of these layers."""

    def end_batch(self, batch: Batch) -> None:
        """Is told that a batch has passed."""


def observe(model: Any, data: Any, *observers: Observer) -> int:
    """Runs a model over data once, in inference, and returns the number of samples.

    Args:
        model: A Keras model. One that is not built yet is built by the first sample.
        data: As `keras_snn.analysis.firing_rates` takes it.
        observers: They are told the calls.

    Raises:
        ValueError: If the data have no sample.
    """
    samples = 0
    for inputs, labels in batches(model, data):
        _build(model, inputs)
        with _observed(model, observers):
            outputs = model(inputs, training=False)
        for observer in observers:
            observer.end_batch(Batch(inputs, labels, outputs))
        samples += size_of(inputs)
    require(samples > 0, "data", "have at least one sample", samples=samples)
    return samples


def _build(model: Any, inputs: Any) -> None:
    """Builds what a subclassed model builds at its first call; layers are complete then."""
    if not all(layer.built for layer in model._flatten_layers()):
        with contextlib.suppress(AttributeError):  # inputs that cannot be cut
            inputs = keras.tree.map_structure(lambda x: x[:1], inputs)
        model(inputs, training=False)


def walk(layer: Any, stops: Callable[[Any], bool] = lambda layer: False) -> dict[str, Any]:
    """Maps paths to all layers inside another, in its order, each once under its first path.

    Args:
        layer: A model or another layer.
        stops: Tells of a layer whether what is inside it is left out.
    """
    found: dict[int, tuple[str, Any]] = {}
    _walk("", layer, stops, found)
    return dict(found.values())


def _walk(
    prefix: str, layer: Any, stops: Callable[[Any], bool], found: dict[int, tuple[str, Any]]
) -> None:
    for inner in layer._flatten_layers(include_self=False, recursive=False):
        if id(inner) in found:
            continue
        path = prefix.removesuffix("/") if _is_own_cell(layer, inner) else f"{prefix}{inner.name}"
        found[id(inner)] = (path, inner)
        if not stops(inner):
            _walk(f"{path}/", inner, stops, found)


def _is_own_cell(layer: Any, inner: Any) -> bool:
    """Tells whether `inner` is a neuron that an RNN repeats: both have one path."""
    return isinstance(layer, keras.layers.RNN) and isinstance(inner, Neuron)


def spiking_layers(model: keras.Model) -> dict[str, keras.layers.Layer]:
    """Finds every spiking layer of a model, and every spiking cell, by its path.

    A layer inside another, such as the neurons of SMA, has the path of both:
    `block2_sma/scale0/act`. A `LIFCell` has the path of the RNN that repeats it.

    Args:
        model: A built Keras model.

    Returns:
        Paths to layers, in the order of the model.

    Raises:
        ValueError: If no layer of the model spikes.

    Example:
        >>> list(keras_snn.analysis.spiking_layers(keras_snn.applications.VGG8()))[0]
        'block1_lif'
    """
    found = {path: layer for path, layer in walk_leaves(model) if _spikes(layer)}
    require(bool(found), "model", "have at least one spiking layer", model=model.name)
    return found


def walk_leaves(model: Any) -> Iterator[tuple[str, Any]]:
    """Yields paths and layers; a path that an RNN shares with its cell comes twice."""
    found: dict[int, tuple[str, Any]] = {}
    _walk("", model, lambda layer: False, found)
    yield from found.values()


def _spikes(layer: Any) -> bool:
    return isinstance(layer, Neuron) and getattr(layer, "spiking", True)


class Spikes:
    """An observer of every spiking layer that keeps the spikes of the last call.

    Args:
        spikes: Receives them by path.
    """

    def __init__(self, spikes: dict[str, Any]):
        self.spikes = spikes

    def watched(self, model: Any) -> dict[str, Any]:
        return spiking_layers(model)

    def observe(self, call: Call) -> None:
        self.spikes[call.path] = call.outputs

    def end_batch(self, batch: Batch) -> None:
        pass


def record_spikes(model: keras.Model, x: Any) -> dict[str, Any]:
    """Records the spikes of every spiking layer for one batch, in inference.

    Args:
        model: A Keras model.
        x: One batch of inputs, as the model takes it.

    Returns:
        Paths of the layers to spikes (batch, time, ...). A layer that is called several times
        has the spikes of its last call.

    Raises:
        ValueError: If no layer of the model spikes.

    Example:
        >>> model = keras_snn.applications.VGG8(input_shape=(4, 32, 32, 2))
        >>> spikes = keras_snn.analysis.record_spikes(model, np.ones((1, 4, 32, 32, 2)))
        >>> spikes["block2_lif"].shape
        (1, 4, 16, 16, 128)
    """
    spikes: dict[str, Any] = {}
    observe(model, [(x, None)], Spikes(spikes))
    return spikes


_LOCK = threading.RLock()
"""Held while calls of layers are observed: a layer is watched by one thread at a time."""


@contextlib.contextmanager
def _observed(model: Any, observers: tuple[Observer, ...]) -> Iterator[None]:
    """Within the context observers are told the calls of what they watch, each layer once."""
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
    """Within the context an attribute of a layer's own has another value."""
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
    """Within the context observers are told every call of the layer by this thread."""
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
    """What the layer returns, and its attention scores where these are asked for."""
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
