"""Turns the arguments of a builder into a Keras model: plan, input, body, head, weights."""

import difflib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, TypeVar, get_type_hints

import keras

from keras_snn.applications import blocks, pretrained, weights
from keras_snn.applications.plan import Plan, VGGOptions
from keras_snn.applications.row import Row

Builder = TypeVar("Builder", bound=Callable[..., keras.Model])


def network(row: Row) -> Callable[[Builder], Builder]:
    """Gives a builder the signature and the documentation of its arguments, in place."""

    def documented(builder: Builder) -> Builder:
        hints = {**get_type_hints(VGGOptions), "return": keras.Model}
        parameters = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=value, annotation=hint)
            for name, value in _defaults(row).items()
            for hint in [hints[name]]
        ]
        signature = inspect.Signature(parameters, return_annotation=keras.Model)
        builder.__signature__ = signature  # type: ignore[attr-defined]
        builder.__doc__ = f"{inspect.cleandoc(builder.__doc__ or '')}\n\n{_arguments(row)}"
        return builder

    return documented


def build(row: Row, options: Mapping[str, Any]) -> keras.Model:
    """Builds a network from the options of its builder."""
    known = _defaults(row)
    for name in options:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f" Did you mean {close[0]!r}?" if close else ""
            raise TypeError(f"{row.title}() got an unexpected keyword argument {name!r}.{hint}")
    stored = pretrained.arguments_of(options.get("weights"))
    return assemble(Plan(row=row, **{**row.defaults(), **stored, **options}))


def assemble(plan: Plan) -> keras.Model:
    """Builds the network of a plan, as a functional model."""
    tensor = _inputs(plan)
    x = tensor if "float" in tensor.dtype else keras.ops.cast(tensor, keras.config.floatx())
    features = plan.row.body(x, plan)
    outputs = plan.row.head(features, plan) if plan.include_top else _pooled(features, plan)
    sources = keras.utils.get_source_inputs(tensor)  # of a computed `input_tensor`
    inputs = sources[0] if len(sources) == 1 else sources
    model = keras.Model(inputs, outputs, name=plan.name)
    if plan.weights is not None:
        weights.load(model, plan, assemble)
    return model


def _defaults(row: Row) -> dict[str, Any]:
    """Returns the arguments of a builder with their defaults, in the order of `Options`."""
    own = row.defaults()
    plain = {field.name: field.default for field in fields(Plan)}
    order = [name for name in get_type_hints(VGGOptions) if name != "units" or row.units]
    return {name: own.get(name, plain[name]) for name in order}


def _arguments(row: Row) -> str:
    """Returns the documentation of the arguments, taken from that of `Plan`."""
    text = inspect.cleandoc(Plan.__doc__ or "")
    arguments = text[text.index("Args:") : text.index("    row: The network;")]
    if not row.units:
        arguments = arguments[: arguments.index("    units:")]
    sizes = f"at least {row.smallest}x{row.smallest}; {row.input_shape} by default"
    return (
        f"{arguments.rstrip()}\n\n"
        f"Input shape: {sizes}. By default, a static image is repeated {row.time_steps} times.\n\n"
        "Returns:\n    A functional `keras.Model`: (batch, *input_shape) -> (batch, classes), or\n"
        "    (batch, time, classes) with `return_sequences`.\n\n"
        "Raises:\n    ValueError: If an argument is out of range, before anything is built.\n"
        "    TypeError: If an argument is unknown.\n"
    )


def _inputs(plan: Plan) -> Any:
    if plan.input_tensor is None:
        return keras.Input(plan.input_shape)
    if keras.backend.is_keras_tensor(plan.input_tensor):
        return plan.input_tensor
    return keras.Input(tensor=plan.input_tensor, shape=plan.input_shape)


def _pooled(features: Any, plan: Plan) -> Any:
    """Returns the output without top: the features, or a vector per sample."""
    if plan.pooling is None:
        return features
    return blocks.mean_over_time(blocks.pool_space(features, plan.pooling), plan)
