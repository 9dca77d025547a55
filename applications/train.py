"""Trains a prebuilt network on a data set, evaluates it, and leaves everything to look at.

    python applications/train.py event_digits

You see Keras's progress bars, then the test accuracy, the firing rate of every spiking layer, the
number of parameters and the time. `runs/event_digits/` then holds `model.keras`, the SavedModel
`served/`, `results.json` and plots. Ctrl-C stops the training and keeps the best weights so far.
"""

import argparse
import sys
from pathlib import Path
from typing import NoReturn

import keras
import tensorflow as tf
from recipes import RECIPES, Recipe
from report import Report, TimedHistory

import keras_snn


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    recipe = RECIPES[options.recipe]
    report = Report(options.output or Path("runs") / options.recipe)
    try:
        run(recipe, options, report)
    except ValueError as error:
        print(f"train.py: {error}", file=sys.stderr)
        return 2
    return 0


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one sentence, without the usage before it."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """The command line; a wrong one ends the program with one sentence."""
    parser = Parser(
        prog="train.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("recipe", choices=RECIPES, help="which data set, and how to train on it")
    add("--epochs", type=positive(int), help="passes over the training data (the recipe's)")
    add("--batch-size", type=positive(int), help="samples in a step (the recipe's)")
    add("--learning-rate", type=positive(float), help="at the start of the cosine (the recipe's)")
    add("--time-steps", type=positive(int), help="frames a sample (the data set's)")
    add("--attention", choices=("sma", "fsta", "none"), default="sma", help="in blocks 2 and 3")
    add("--no-azo", action="store_true", help="SMA without Attention ZoneOut")
    add("--dtype", default="float32", help="a Keras dtype policy, such as mixed_bfloat16")
    add("--samples", type=positive(int), help="train on this many samples only (on all)")
    add(
        "--set",
        action="append",
        default=[],
        type=setting,
        metavar="NAME=VALUE",
        help="a setting of the data set, such as noise=5 or jitter=3; may be repeated",
    )
    add("--seed", type=int, default=0, help="of weights, dropout and the order of samples (0)")
    add("--data-dir", type=Path, help="where data sets are kept (tensorflow-datasets' place)")
    add("--output", type=Path, help="where results go (runs/<recipe>)")
    return parser.parse_args(arguments)


def positive(kind: type) -> type:
    """An argparse type: a number of `kind` greater than 0."""

    def convert(text: str):
        value = kind(text)
        if not value > 0:
            raise argparse.ArgumentTypeError(f"must be greater than 0. Received: {text}")
        return value

    convert.__name__ = f"{kind.__name__} greater than 0"
    return convert  # type: ignore[return-value]


def setting(text: str) -> tuple[str, float]:
    """An argparse type: NAME=VALUE with a number."""
    name, _, value = text.partition("=")
    try:
        return name, int(value) if value.lstrip("-").isdigit() else float(value)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be NAME=NUMBER. Received: {text}") from None


def run(recipe: Recipe, options: argparse.Namespace, report: Report) -> None:
    """Loads, trains, evaluates, writes."""
    keras.utils.set_random_seed(options.seed)
    keras.config.set_dtype_policy(options.dtype)
    data = {split: load(recipe, options, split) for split in ("train", "validation", "test")}
    model = build(recipe, options, data["train"])
    check_labels(data["train"], model.output_shape[-1])
    compile_model(model, recipe, options, len(data["train"]))
    history, finished = fit(model, recipe, options, data, report)
    if not finished and not report.best_weights.exists():
        print("\nStopped before the first epoch was over: nothing was kept.")
        return
    model.load_weights(report.best_weights)
    report.write(model, data, history)


def load(recipe: Recipe, options: argparse.Namespace, split: str) -> tf.data.Dataset:
    if split == "train" and options.samples:
        split = f"train[:{options.samples}]"
    return keras_snn.datasets.load(
        recipe.dataset,
        split,
        time_steps=options.time_steps,
        slice_by=recipe.slice_by,
        batch_size=options.batch_size or recipe.batch_size,
        data_dir=options.data_dir,
        **{**recipe.settings, **dict(options.set)},
    )


def build(recipe: Recipe, options: argparse.Namespace, data: tf.data.Dataset) -> keras.Model:
    """The recipe's network for the shape of the data; it gives logits."""
    attention = None if options.attention == "none" else options.attention
    with_azo = attention == "sma" and not options.no_azo
    return getattr(keras_snn.applications, recipe.network)(
        input_shape=tuple(data.element_spec[0].shape[1:]),
        classes=keras_snn.datasets.info(recipe.dataset).classes,
        classifier_activation=None,
        attention=attention,
        azo=keras_snn.layers.AZO(*recipe.azo) if with_azo else None,
        **recipe.arguments,
    )


def check_labels(data: tf.data.Dataset, classes: int) -> None:
    """Raises if a label is not a class: the loss would be NaN, or worse, would not."""
    for _, labels in data:
        low, high = int(tf.reduce_min(labels)), int(tf.reduce_max(labels))
        if low < 0 or high >= classes:
            raise ValueError(
                f"`labels` must lie from 0 to {classes - 1}. Received: from {low} to {high}"
            )


def compile_model(
    model: keras.Model, recipe: Recipe, options: argparse.Namespace, steps: int
) -> None:
    """AdamW under a cosine schedule, cross entropy of the mean logits."""
    epochs = options.epochs or recipe.epochs
    rate = options.learning_rate or recipe.learning_rate
    schedule = keras.optimizers.schedules.CosineDecay(rate, epochs * steps)
    model.compile(
        keras.optimizers.AdamW(schedule, weight_decay=recipe.weight_decay),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )


def fit(
    model: keras.Model,
    recipe: Recipe,
    options: argparse.Namespace,
    data: dict[str, tf.data.Dataset],
    report: Report,
) -> tuple[dict[str, list[float]], bool]:
    """Trains; returns the history and whether it came to its end. Ctrl-C ends it early."""
    best = keras.callbacks.ModelCheckpoint(
        report.best_weights, monitor="val_loss", save_best_only=True, save_weights_only=True
    )
    record = TimedHistory()
    try:
        model.fit(
            data["train"],
            validation_data=data["validation"],
            epochs=options.epochs or recipe.epochs,
            callbacks=[best, record],
            shuffle=False,  # the data set shuffles itself
        )
    except KeyboardInterrupt:
        print(f"\nStopped in epoch {len(record.epoch) + 1}.")
        return record.history, False
    return record.history, True


if __name__ == "__main__":
    sys.exit(main())
