"""Docstrings reach the reference whole: arguments that share a description, and examples."""

import pytest

griffe = pytest.importorskip("griffe")

from docs.building.docstrings import prepared  # noqa: E402

DOCSTRING = """Does something.

Args:
    units: Their number.
    tau, v_threshold, v_reset,
    decay_input: As in `LIF`.
    surrogate, learn_tau,
        tau_shape: As there.

Call arguments:
    inputs: The input.

Example:
    >>> [1, 2]
    [1, 2]
"""


def test_arguments_that_share_a_description_and_examples_are_read():
    sections = griffe.Docstring(prepared(DOCSTRING)).parse("google", warnings=False)
    _, arguments, call, examples = sections
    assert [each.name for each in arguments.value] == [
        "units",
        "tau, v_threshold, v_reset, decay_input",
        "surrogate, learn_tau, tau_shape",
    ]
    assert (call.title, [each.name for each in call.value]) == ("Call arguments", ["inputs"])
    assert examples.kind.value == "examples"
