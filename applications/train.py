"""Trains a prebuilt network on a data set, evaluates it, and leaves everything to look at.

    python applications/train.py event_digits
    python applications/train.py sma_dvs128_gesture --resume

You see Keras's progress bars, then the test accuracy, the firing rate of every spiking layer, the
number of parameters and the time. `runs/event_digits/` then holds `model.keras`, the SavedModel
`served/`, `results.json`, `report.html` and plots. Ctrl-C stops the training and keeps the best
weights so far; after a kill, `--resume` goes on after the last finished epoch, and the run ends as
if it had not been interrupted.
"""

import argparse
import sys
from pathlib import Path

import keras
import tensorflow as tf
from networks import build, compile_model, served
from options import parse
from progress import Progress
from recipes import RECIPES, Recipe
from report import Report
from samples import load, load_splits

import keras_snn
from keras_snn import distribution
from keras_snn.extras import import_extra


def main(arguments: list[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    options = parse(arguments, __doc__)
    recipe = RECIPES[options.recipe]
    try:
        names = keras_snn.datasets.info(recipe.dataset).class_names
        report = Report(options.output or Path("runs") / options.recipe, names)
        run(recipe, options, report)
    except (ValueError, OSError, ImportError) as error:
        print(f"train.py: {error}", file=sys.stderr)
        return 2
    return 0


def run(recipe: Recipe, options: argparse.Namespace, report: Report) -> None:
    """Loads, trains, evaluates, writes."""
    progress = Progress(report.folder, options.resume, write=options.process == 0)
    keras.utils.set_random_seed(options.seed)
    keras.config.set_dtype_policy(options.dtype)
    devices = distribution.distribute(
        options.distribute,
        coordinator=options.coordinator,
        processes=options.processes,
        process=options.process,
    )
    data = load_splits(recipe, options, devices, progress.initial_epoch)
    with devices.scope():
        model = ready(recipe, options, data["train"])
        finished = fit(model, recipe, options, data, progress)
    if not devices.first:
        return
    if not progress.best_weights.exists():
        _explain_no_weights(finished)
        return
    if devices.number > 1:  # every device has a copy: one of them evaluates all samples
        data = load_splits(recipe, options)
        model = ready(recipe, options, data["train"])
    model.load_weights(progress.best_weights)
    if recipe.mixup or "augment" in recipe.data:
        data = {**data, "train": load(recipe, options, "train", plain=True)}
    report.write(serve(model), data, progress.history)


def serve(model: keras.Model) -> keras.Model:
    """Returns the network that gives one vector of logits per sample, compiled."""
    final = served(model)
    if final is not model:
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        final.compile(model.optimizer, loss, metrics=["accuracy"])
    return final


def _explain_no_weights(finished: bool) -> None:
    if finished:
        raise ValueError("`--learning-rate` must be smaller: every validation loss was nan.")
    print("\nStopped before the first epoch was over: nothing was kept.")


def ready(recipe: Recipe, options: argparse.Namespace, data: tf.data.Dataset) -> keras.Model:
    """Builds and compiles the model."""
    model = build(recipe, options, tuple(data.element_spec[0].shape[1:]))
    if options.distribute == "mirrored":
        distribution.synchronize(model)
    compile_model(model, recipe, options, len(data))
    return model


def fit(
    model: keras.Model,
    recipe: Recipe,
    options: argparse.Namespace,
    data: dict[str, tf.data.Dataset],
    progress: Progress,
) -> bool:
    """Trains; returns whether it came to its end. Ctrl-C ends it early."""
    callbacks: list[keras.callbacks.Callback] = [progress]
    if options.tensorboard and progress.write:
        import_extra("tensorboard", "tensorboard")
        callbacks.append(keras.callbacks.TensorBoard(progress.folder / "tensorboard"))
    try:
        model.fit(
            data["train"],
            validation_data=data["validation"],
            initial_epoch=progress.initial_epoch,
            epochs=options.epochs or recipe.epochs,
            callbacks=callbacks,
            verbose="auto" if progress.write else 0,
            shuffle=False,  # the data set shuffles itself
        )
    except KeyboardInterrupt:
        print(f"\nStopped in epoch {progress.initial_epoch + 1}.")
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
