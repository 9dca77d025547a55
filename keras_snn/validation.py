"""Checks arguments; every error is one sentence with the argument and the received value."""

import math
import numbers
from collections.abc import Callable, Collection
from typing import Any

import numpy as np

LONGEST = 300
"""Largest number of characters of a value in a sentence."""


def require(condition: bool, argument: str, rule: str, **received: Any) -> None:
    """Raises ``ValueError("`argument` must rule. Received: name=value")`` unless `condition`."""
    if not condition:
        values = ", ".join(f"{name}={shown(value)}" for name, value in received.items())
        raise ValueError(f"`{argument}` must {rule}. Received: {values}")


def shown(value: Any) -> str:
    """Returns the beginning of the representation of a value, in one line."""
    text = " ".join(repr(value).split())
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} ..."


def real(
    argument: str, value: Any, *, at_least: float = -math.inf, above: float = -math.inf
) -> float:
    """Returns `value` as a float if it is a finite number in the range, otherwise raises."""
    rule = "be a finite number"
    if at_least > -math.inf:
        rule += f" of at least {at_least:g}"
    if above > -math.inf:
        rule += f" greater than {above:g}"
    good = isinstance(value, numbers.Real) and not isinstance(value, bool)
    good = good and math.isfinite(value) and value >= at_least and value > above
    require(good, argument, rule, **{argument: value})
    return float(value)


def count(argument: str, value: Any, *, at_least: int = 1) -> int:
    """Returns `value` as an int if it is an integer of at least `at_least`, otherwise raises."""
    good = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    rule = f"be an integer of at least {at_least}"
    require(good and value >= at_least, argument, rule, **{argument: value})
    return int(value)


def optional_count(argument: str, value: Any, *, at_least: int = 1) -> int | None:
    """Returns None for None, otherwise as `count`."""
    return None if value is None else count(argument, value, at_least=at_least)


def choice(argument: str, value: Any, allowed: Collection[Any]) -> Any:
    """Returns `value` if it is one of `allowed`, otherwise raises."""
    names = ", ".join(repr(item) for item in allowed)
    good = any(isinstance(value, type(item)) and value == item for item in allowed)
    require(good, argument, f"be one of {names}", **{argument: value})
    return value


def flag(argument: str, value: Any) -> bool:
    """Returns `value` as a bool if it is one, otherwise raises."""
    good = isinstance(value, (bool, np.bool_))
    require(good, argument, "be True or False", **{argument: value})
    return bool(value)


def found(get: Callable[[Any], Any], argument: str, identifier: Any) -> Any:
    """Returns the object that a `get` of Keras finds for an identifier, otherwise raises.

    Args:
        get: For example `keras.initializers.get`.
        argument: Name of the argument.
        identifier: None, a name, a serialized object or the object itself.
    """
    made = None
    try:
        made = get(identifier)
        good = made is None or callable(made)
    except (ValueError, TypeError, AttributeError, KeyError):
        good = False
    good = good and not hasattr(identifier, "shape")  # Keras takes arrays, and cannot save them
    rule = f"be an object of keras.{get.__module__.split('.')[-1]} or the name of one"
    require(good, argument, rule, **{argument: identifier})
    return made
