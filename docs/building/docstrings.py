"""Prepares the docstrings of this library for griffe, which reads them."""

import re
from typing import Any

import griffe

from docs.building.formulas import typeset

WRAPPED = re.compile(r"^(\s+(?:\w+, )*\w+,)\n\s+(?=(?:\w+, )*\w+[,:])", re.MULTILINE)
"""Matches arguments that share one description and do not fit into one line."""


class Docstrings(griffe.Extension):
    """Prepares the docstring of every object before griffe parses it."""

    def on_instance(self, *, obj: Any, **_: Any) -> None:
        """Prepares one docstring; those of modules are not shown."""
        if obj.docstring is not None and not obj.is_module:
            obj.docstring.value = prepared(obj.docstring.value)


TITLES = {"Example:": "Examples:", "Call arguments:": "Other Args: Call arguments"}
"""The titles of sections, with griffe's titles for the same sections."""


def prepared(docstring: str) -> str:
    """Returns a docstring with LaTeX, shared descriptions in one line, and griffe's titles."""
    while WRAPPED.search(docstring):
        docstring = WRAPPED.sub(r"\1 ", docstring)
    docstring = "\n".join(TITLES.get(line, line) for line in docstring.split("\n"))
    return typeset(docstring)
