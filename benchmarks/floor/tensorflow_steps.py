"""Bare products in TensorFlow, one after the other, forward or forward and backward."""

from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.floor.products import Product


def bare(products: Sequence[Product], dtype: str, training: bool) -> Callable[[], Any]:
    """A step that makes every product, and in training its gradients, in one graph.

    Each product has tensors of its own, of the same sizes as in the network, and waits for the
    one before it, as it does there. A corner of every result is returned, so that none is
    optimised away and none is copied.
    """
    import tensorflow as tf

    tensors = [_tensors(product, dtype) for product in products]

    @tf.function
    def step(tensors: Any) -> Any:
        corners: list[Any] = []
        for product, (x, kernel, cotangent) in zip(products, tensors, strict=True):
            with tf.control_dependencies(corners[-1:]):
                results = _results(product, x, kernel, cotangent, training)
                corners.append(tf.add_n([_corner(result) for result in results]))
        return tf.add_n(corners)

    return lambda: step(tensors).numpy()


def copy(shape: Sequence[int], dtype: str) -> Callable[[], Any]:
    """A step that reads a tensor and writes one of the same size."""
    import tensorflow as tf

    x = tf.cast(tf.random.stateless_normal(shape, (0, 0)), dtype)
    step = tf.function(tf.negative)
    return lambda: step(x)


def _tensors(product: Product, dtype: str) -> tuple[Any, Any, Any]:
    """Input, kernel and the gradient that arrives at the output."""
    import tensorflow as tf

    def normal(*shape: int) -> Any:
        return tf.cast(tf.random.stateless_normal(shape, (0, 0)), dtype)

    batch, inputs, outputs = product.batch, product.inputs, product.outputs
    if product.is_matrix:
        return normal(batch, inputs), normal(inputs, outputs), normal(batch, outputs)
    return (
        normal(batch, *product.size, inputs),
        normal(product.kernel, product.kernel, inputs, outputs),
        normal(batch, *product.output_size, outputs),
    )


def _results(product: Product, x: Any, kernel: Any, cotangent: Any, training: bool) -> list[Any]:
    """The output and the gradients that the network needs."""
    import tensorflow as tf

    sources = [x] * product.input_gradient + [kernel] * product.weight_gradient
    if not training or not sources:
        return [_forward(product, x, kernel)]
    with tf.GradientTape() as tape:
        tape.watch(sources)
        y = _forward(product, x, kernel)
    return [y, *tape.gradient(y, sources, cotangent)]


def _forward(product: Product, x: Any, kernel: Any) -> Any:
    import tensorflow as tf

    if product.is_matrix:
        return tf.matmul(x, kernel)
    pad = [product.kernel // 2] * 2
    padding = "SAME" if product.stride == 1 else [[0, 0], pad, pad, [0, 0]]
    return tf.nn.conv2d(x, kernel, product.stride, padding)


def _corner(tensor: Any) -> Any:
    """One number of a tensor, in float32."""
    import tensorflow as tf

    first = tf.slice(tensor, [0] * tensor.shape.rank, [1] * tensor.shape.rank)
    return tf.cast(tf.reshape(first, []), "float32")
