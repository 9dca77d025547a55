"""`keras-snn summary`: lists layers, output shapes, parameters and multiply-accumulates."""

import argparse
import math
from collections.abc import Collection
from typing import Any

import keras

from keras_snn.analysis.macs import Macs, macs_where_known
from keras_snn.cli.models import load

HEADER = ("layer", "class", "output shape", "parameters", "MACs per step", "steps")


def run(arguments: argparse.Namespace) -> None:
    """Prints the table."""
    model = load(arguments)
    found, unknown = macs_where_known(model)
    print(f"{model.name}: {tuple(model.input_shape)} -> {tuple(model.output_shape)}")
    print(table([HEADER, *rows(model, found, unknown)]))
    print(totals(model, found, unknown))


def rows(
    model: keras.Model, found: dict[str, Macs], unknown: Collection[str]
) -> list[tuple[str, ...]]:
    """Returns a row per layer, and one for each part of attention that has products."""
    lines: list[tuple[str, ...]] = []
    for layer in model.layers:
        shape, count = _shape(layer), f"{layer.count_params():,}"
        columns = ("-", "-") if layer.name in unknown else _columns(found.get(layer.name))
        lines.append((layer.name, _class_name(layer), shape, count, *columns))
        for path in found:
            if path.startswith(f"{layer.name}/"):
                part = path.removeprefix(layer.name)
                lines.append((f"  {part}", "", "", "", *_columns(found[path])))
    return lines


def _class_name(layer: Any) -> str:
    inner = getattr(layer, "layer", None)
    return type(layer if inner is None else inner).__name__


def _shape(layer: Any) -> str:
    try:
        shapes = keras.tree.map_structure(lambda tensor: tuple(tensor.shape), layer.output)
    except AttributeError:  # called several times
        return "several"
    return str(shapes)


def _columns(entry: Macs | None) -> tuple[str, str]:
    return ("", "") if entry is None else (f"{entry.once:,}", str(entry.times))


def table(lines: list[tuple[str, ...]]) -> str:
    """Aligns columns to their widest entry, with numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            text.ljust(width) if place < 3 else text.rjust(width)
            for place, (text, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def totals(model: keras.Model, found: dict[str, Macs], unknown: Collection[str]) -> str:
    """Sums up parameters, and MACs per time step, once per sample, and per sample."""
    without = f", without {', '.join(unknown)}" if unknown else ""
    step = sum(entry.once for entry in found.values() if entry.times != 1)
    once = sum(entry.once for entry in found.values() if entry.times == 1)
    runs = [entry.total for entry in found.values()]
    sample = "depends on the time steps" if None in runs else f"{sum(t or 0 for t in runs):,}"
    trainable = sum(math.prod(weight.shape) for weight in model.trainable_weights)
    return (
        f"parameters: {model.count_params():,} ({trainable:,} trainable)\n"
        f"MACs: {step:,} per time step, {once:,} once per sample; per sample: {sample}{without}"
    )
