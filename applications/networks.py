"""The network of a recipe, with its loss and its optimizer."""

import argparse
from typing import Any

import keras
from recipes import Recipe

import keras_snn


def build(recipe: Recipe, options: argparse.Namespace, shape: tuple[int, ...]) -> keras.Model:
    """Builds the recipe's network for inputs of a shape; it gives logits.

    Where the loss judges each time step, the network gives the logits of each.
    """
    common = {
        "input_shape": shape,
        "classes": keras_snn.datasets.info(recipe.dataset).classes,
        "classifier_activation": None,
    }
    if callable(recipe.network):
        return recipe.network(**common, **recipe.arguments)
    arguments = dict(recipe.arguments)
    if options.time_steps and "time_steps" in arguments:
        arguments["time_steps"] = options.time_steps
    builder = getattr(keras_snn.applications, recipe.network)
    sequences = {"return_sequences": recipe.loss == "tet"}
    return builder(**common, **arguments, **_attention(recipe, options), **sequences)


def _attention(recipe: Recipe, options: argparse.Namespace) -> dict[str, Any]:
    chosen = options.attention or recipe.attention
    attention = None if chosen == "none" else chosen
    with_azo = attention == "sma" and recipe.azo and not options.no_azo
    return {
        "attention": attention,
        "azo": keras_snn.layers.AZO(*recipe.azo) if with_azo and recipe.azo else None,
    }


def served(model: keras.Model) -> keras.Model:
    """Returns the network that gives one vector of logits per sample; it shares the weights."""
    if len(model.output_shape) == 2:
        return model
    mean = keras_snn.layers.MeanOverTime(name="mean_logits")(model.output)
    return keras.Model(model.input, mean, name=model.name)


def compile_model(
    model: keras.Model, recipe: Recipe, options: argparse.Namespace, steps: int
) -> None:
    """Compiles with the recipe's loss and optimizer, under a cosine schedule."""
    epochs = options.epochs or recipe.epochs
    rate = options.learning_rate or recipe.learning_rate
    schedule = keras.optimizers.schedules.CosineDecay(rate, epochs * steps)
    model.compile(_optimizer(recipe, schedule), _loss(recipe), metrics=[_accuracy(recipe)])


def _optimizer(recipe: Recipe, schedule: Any) -> keras.optimizers.Optimizer:
    decay = {"weight_decay": recipe.weight_decay} if recipe.weight_decay else {}
    if recipe.optimizer == "sgd":
        return keras.optimizers.SGD(schedule, momentum=0.9, **decay)
    kinds = {"adam": "Adam", "adamw": "AdamW", "lamb": "Lamb", "nadam": "Nadam"}
    return getattr(keras.optimizers, kinds[recipe.optimizer])(schedule, **decay)


def _loss(recipe: Recipe) -> keras.losses.Loss:
    if recipe.loss == "mse":
        return keras.losses.MeanSquaredError()
    if recipe.one_hot:
        smoothing = recipe.label_smoothing
        return keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=smoothing)
    plain = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return keras_snn.losses.TemporalEfficientTraining(plain) if recipe.loss == "tet" else plain


def _accuracy(recipe: Recipe) -> Any:
    if recipe.loss != "tet":
        return "accuracy"
    return keras.metrics.MeanMetricWrapper(_accuracy_of_mean, name="accuracy")


def _accuracy_of_mean(labels: Any, logits: Any) -> Any:
    """Accuracy of the mean over time of the logits."""
    return keras.metrics.sparse_categorical_accuracy(labels, keras.ops.mean(logits, axis=1))
