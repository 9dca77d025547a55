"""Surrogate gradients: objects that name a spike function and its derivative, and their lookup.

Example:
    >>> spike = keras_snn.surrogates.ATan(alpha=2.0)
    >>> spikes = spike(keras.ops.array([-0.2, 0.3]))    # 0 or 1; the gradient is spike.derivative
    >>> lif = keras_snn.layers.LIF(surrogate="sigmoid")     # by name, with its default argument
"""

from typing import Any, ClassVar

import keras

from keras_snn.functional import surrogate as functional
from keras_snn.validation import real, require

__all__ = [
    "ATan",
    "FastSigmoid",
    "Gaussian",
    "Rectangular",
    "Sigmoid",
    "Surrogate",
    "Tanh",
    "Triangular",
    "deserialize",
    "get",
    "serialize",
]


class Surrogate:
    """A spike function: it returns 1 if u = h - v_threshold is at least 0, otherwise 0.

    Its gradient is `derivative(u)`. A surrogate of your own subclasses this class, defines
    `derivative` (keras.ops only) and `get_config`, and is registered with
    `keras.saving.register_keras_serializable`.
    """

    def __call__(self, u: Any) -> Any:
        return functional.spike(u, self.derivative)

    def derivative(self, u: Any) -> Any:
        """Computes the surrogate for ds/du, with the shape and the dtype of u."""
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Surrogate":
        return cls(**config)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.get_config() == other.get_config()

    def __hash__(self) -> int:
        return hash(repr(self))

    def __repr__(self) -> str:
        arguments = ", ".join(f"{name}={value}" for name, value in self.get_config().items())
        return f"{type(self).__name__}({arguments})"


class _OneParameter(Surrogate):
    """A surrogate with one positive number; subclasses name it and the function."""

    parameter: ClassVar[str]
    function: ClassVar[Any]

    def _store(self, value: float) -> None:
        setattr(self, self.parameter, real(self.parameter, value, above=0.0))

    def derivative(self, u: Any) -> Any:
        return type(self).function(u, getattr(self, self.parameter))

    def get_config(self) -> dict[str, Any]:
        return {self.parameter: getattr(self, self.parameter)}


@keras.saving.register_keras_serializable(package="keras_snn")
class ATan(_OneParameter):
    """The surrogate is the slope of an arctangent.

        ds/du = (alpha / 2) / (1 + (pi / 2 * alpha * u)^2)

    Args:
        alpha: Steepness, greater than 0. The SMA paper's networks for event data use 2.
    """

    parameter, function = "alpha", functional.atan

    def __init__(self, alpha: float = 2.0) -> None:
        self._store(alpha)


@keras.saving.register_keras_serializable(package="keras_snn")
class Sigmoid(_OneParameter):
    """The surrogate is the slope of the logistic sigmoid.

        ds/du = alpha * p * (1 - p)        p = sigmoid(alpha * u)

    Args:
        alpha: Steepness, greater than 0.
    """

    parameter, function = "alpha", functional.sigmoid

    def __init__(self, alpha: float = 4.0) -> None:
        self._store(alpha)


@keras.saving.register_keras_serializable(package="keras_snn")
class Rectangular(_OneParameter):
    """The surrogate is a rectangle around the threshold.

        ds/du = 1 / width if abs(u) < width / 2, otherwise 0

    Args:
        width: Full width, greater than 0. SMA-ResNet uses 1.
    """

    parameter, function = "width", functional.rectangular

    def __init__(self, width: float = 1.0) -> None:
        self._store(width)


@keras.saving.register_keras_serializable(package="keras_snn")
class Tanh(_OneParameter):
    """The surrogate is the slope of a hyperbolic tangent near the threshold, and 0 elsewhere.

        ds/du = k * (1 - tanh(k u)^2) / (2 tanh(k / 2)) if abs(u) <= 1 / 2, otherwise 0

    Args:
        temperature: k, greater than 0. FSTA uses 1, its LIF baseline 3.
    """

    parameter, function = "temperature", functional.tanh

    def __init__(self, temperature: float = 1.0) -> None:
        self._store(temperature)


@keras.saving.register_keras_serializable(package="keras_snn")
class FastSigmoid(_OneParameter):
    """The surrogate is the slope of the fast sigmoid (SuperSpike).

        ds/du = 1 / (1 + slope * abs(u))^2

    Args:
        slope: Steepness, greater than 0.
    """

    parameter, function = "slope", functional.fast_sigmoid

    def __init__(self, slope: float = 25.0) -> None:
        self._store(slope)


@keras.saving.register_keras_serializable(package="keras_snn")
class Gaussian(_OneParameter):
    """The surrogate is the density of a normal distribution around the threshold.

        ds/du = exp(-u^2 / (2 sigma^2)) / (sigma * sqrt(2 pi))

    Args:
        sigma: Standard deviation, greater than 0.
    """

    parameter, function = "sigma", functional.gaussian

    def __init__(self, sigma: float = 0.5) -> None:
        self._store(sigma)


@keras.saving.register_keras_serializable(package="keras_snn")
class Triangular(_OneParameter):
    """The surrogate is a triangle around the threshold.

        ds/du = max(0, 1 - abs(u) / width) / width

    Args:
        width: Half of the base, greater than 0.
    """

    parameter, function = "width", functional.triangular

    def __init__(self, width: float = 1.0) -> None:
        self._store(width)


NAMES: dict[str, type[Surrogate]] = {
    "atan": ATan,
    "sigmoid": Sigmoid,
    "rectangular": Rectangular,
    "tanh": Tanh,
    "fast_sigmoid": FastSigmoid,
    "gaussian": Gaussian,
    "triangular": Triangular,
}


def get(identifier: "str | dict | Surrogate") -> Surrogate:
    """Finds a surrogate by its name or a serialized dictionary, or returns the object.

    Raises:
        ValueError: If it is anything else; the message lists the names.
    """
    if isinstance(identifier, dict) and "class_name" in identifier:
        identifier = deserialize(identifier)
    if isinstance(identifier, str) and identifier in NAMES:
        return NAMES[identifier]()
    require(
        isinstance(identifier, Surrogate),
        "surrogate",
        f"be a keras_snn.surrogates.Surrogate or one of {', '.join(map(repr, NAMES))}",
        surrogate=identifier,
    )
    return identifier  # type: ignore[return-value]


def serialize(surrogate: Surrogate) -> dict[str, Any]:
    """Returns a dictionary from which `deserialize` makes an equal object."""
    return keras.saving.serialize_keras_object(surrogate)


def deserialize(config: dict[str, Any]) -> Surrogate:
    """Makes a surrogate from the dictionary of `serialize`."""
    return keras.saving.deserialize_keras_object(config)
