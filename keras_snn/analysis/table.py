"""A mapping that prints as a table with aligned columns."""

import csv
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from keras_snn.validation import choice

DASH = "-"
"""Shown in place of an unknown value."""


class Table(Mapping[str, Any]):
    """A mapping from names, such as the paths of layers, to the values of the main column.

    Args:
        rows: The values of all columns by the name of the row; None is an unknown value.
        formats: The format of each column by its name, such as `{"rate": ".1%"}`.
        key: Name of the first column, which holds the names of the rows.
        main: The column that the mapping gives. Default: the first of `formats`.
        notes: Sentences printed under the table.

    Example:
        >>> table = keras_snn.analysis.Table({"lif": {"rate": 0.25}}, {"rate": ".1%"})
        >>> print(table)
        layer   rate
        lif    25.0%
        >>> table["lif"]
        0.25
    """

    def __init__(
        self,
        rows: Mapping[str, Mapping[str, Any]],
        formats: Mapping[str, str],
        *,
        key: str = "layer",
        main: str | None = None,
        notes: Sequence[str] = (),
    ) -> None:
        self.rows = {name: dict(row) for name, row in rows.items()}
        self.formats = dict(formats)
        self.key = key
        self.main = choice("main", main or next(iter(formats)), formats)
        self.notes = tuple(notes)

    def __getitem__(self, name: str) -> Any:
        return self.rows[name][self.main]

    def __iter__(self) -> Iterator[str]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def column(self, name: str) -> dict[str, Any]:
        """Returns the values of one column by the name of the row."""
        choice("name", name, self.formats)
        return {row: values[name] for row, values in self.rows.items()}

    def to_dict(self) -> dict[str, dict[str, Any]]:
        """Returns all rows: the values by row name and column name."""
        return {name: dict(row) for name, row in self.rows.items()}

    def to_csv(self, path: str | os.PathLike) -> None:
        """Writes the header and all rows as comma-separated values, unrounded."""
        with Path(path).open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow([self.key, *self.formats])
            writer.writerows([name, *self._values(name)] for name in self.rows)

    def _values(self, name: str) -> list[Any]:
        return [self.rows[name][column] for column in self.formats]

    def cells(self) -> list[list[str]]:
        """Returns the header and all rows as text."""
        texts = [[name, *self._texts(name)] for name in self.rows]
        return [[self.key, *self.formats], *texts]

    def _texts(self, name: str) -> list[str]:
        pairs = zip(self._values(name), self.formats.values(), strict=True)
        return [DASH if value is None else format(value, shape) for value, shape in pairs]

    def __str__(self) -> str:
        cells = self.cells()
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = [_aligned(row, widths) for row in cells]
        return "\n".join([*lines, *self.notes])

    def __repr__(self) -> str:
        return str(self)


def _aligned(row: list[str], widths: list[int]) -> str:
    """Aligns the name to the left and numbers to the right."""
    texts = [row[0].ljust(widths[0])]
    texts += [text.rjust(width) for text, width in zip(row[1:], widths[1:], strict=True)]
    return "  ".join(texts)
