"""Reads the table of differences from the sources in the docstrings of the library."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2] / "keras_snn"
SOURCE = re.compile(
    r"Source:\s+(.*?)\s+Differs\s+from\s+the\s+source:\s+(.*?)(?:\n\s*\n|\Z)", re.DOTALL
)
SILENT = ("none.", "as `LIF`.")
"""Texts of docstrings that have nothing to add."""


def table() -> str:
    """Returns the differences as a Markdown table, sorted by name."""
    rows = [f"| `{name}` | {source} | {difference} |" for name, source, difference in deviations()]
    return "\n".join(["| name | source | what differs |", "|---|---|---|", *rows])


def deviations() -> list[tuple[str, str, str]]:
    """Returns name, source and difference of every public class and function that has one."""
    files = sorted(ROOT.rglob("*.py"))
    found = [row for file in files for row in _of(ast.parse(file.read_text()))]
    return sorted(found, key=lambda row: row[0].lower())


def _of(module: ast.Module) -> Iterator[tuple[str, str, str]]:
    for node in module.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
            match = SOURCE.search(ast.get_docstring(node) or "")
            if match and match[2] not in SILENT:
                yield node.name, _line(match[1]), _line(match[2])


def _line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
