"""Checks of arguments: each raises one sentence that names the argument and what was received."""

import math
import numbers
from collections.abc import Collection
from typing import Any


def require(condition: bool, argument: str, rule: str, **received: Any) -> None:
    """Raises ``ValueError("`argument` must rule. Received: name=value")`` unless `condition`."""
    if not condition:
        values = ", ".join(f"{name}={value!r}" for name, value in received.items())
        raise ValueError(f"`{argument}` must {rule}. Received: {values}")


def real(
    argument: str, value: Any, *, at_least: float = -math.inf, above: float = -math.inf
) -> float:
    """Returns `value` as a float if it is a finite number in the range, else raises."""
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
    """Returns `value` as an int if it is a whole number of at least `at_least`, else raises."""
    good = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    rule = f"be an integer of at least {at_least}"
    require(good and value >= at_least, argument, rule, **{argument: value})
    return int(value)


def choice(argument: str, value: Any, allowed: Collection[Any]) -> Any:
    """Returns `value` if it is one of `allowed`, else raises."""
    names = ", ".join(repr(item) for item in allowed)
    require(value in allowed, argument, f"be one of {names}", **{argument: value})
    return value
