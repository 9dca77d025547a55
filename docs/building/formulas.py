"""Typesets the formulas of docstrings, which are indented blocks of plain text.

A line of a block has cells with two spaces or more between them, of which one is the equation. A
block with dotted names is code, and stays as it is.
"""

import re
from textwrap import dedent

from docs.building.expressions import FormulaError, expression

BLOCK = re.compile(r"(?<=\n\n)(?: {4,}\S.*(?:\n|\Z))+")
EXPLAINED = re.compile(rf"({BLOCK.pattern})\n(with (?:.|\n)+?\.)(?=\s)")
CODE = re.compile(r"[A-Za-z]\.[A-Za-z]")
CASES = re.compile(r"(.*?) = (.*) if (.*), otherwise (.*)")
RELATION = re.compile(r" +(?=(?:=|<-) )")


def typeset(docstring: str) -> str:
    """Returns a docstring whose formulas are LaTeX in displays, each in one line."""
    return BLOCK.sub(
        lambda found: found[0] if CODE.search(found[0]) else display(found[0]), docstring
    )


def quotation(docstring: str) -> str:
    """Returns the first formula of a docstring as LaTeX, with the sentence on its symbols."""
    block, sentence = EXPLAINED.findall(docstring)[0]
    return f"{display(block)}\n{sentence}"


def display(block: str) -> str:
    """Returns a block as LaTeX, in columns that align its relations."""
    lines = dedent(block).splitlines()
    cells = [re.split(r" {2,}", RELATION.sub(" ", line)) for line in lines]
    main = min((row.index(cell) for row in cells for cell in row if " = " in cell), default=0)
    columns = "l" * main + "rl" + "l" * (max(map(len, cells)) - main - 1)
    rows = r" \\ ".join(_row(row, main) for row in cells)
    return rf"\[\begin{{array}}{{{columns}}} {rows} \end{{array}}\]" + "\n"


def _row(cells: list[str], main: int) -> str:
    try:
        return " & ".join(
            _equation(cell) if place == main else r"\quad " * (place > 0) + expression(cell)
            for place, cell in enumerate(cells)
        )
    except FormulaError as error:
        raise FormulaError(f"This formula cannot be read, {error}: {'  '.join(cells)}") from None


def _equation(cell: str) -> str:
    cases = CASES.fullmatch(cell)
    if cases is None:
        return expression(cell, align=True)
    left, value, condition, other = map(expression, cases.groups())
    given = rf"{value} & \text{{if }} {condition} \\ {other} & \text{{otherwise}}"
    return rf"{left} & = \begin{{cases}} {given} \end{{cases}}"
