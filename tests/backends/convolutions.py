"""What the tests of convolutions share."""

import tensorflow as tf


def gradients(convolve_each, x, kernels, d_y):
    """The outputs and the gradients of x and the kernels."""
    with tf.GradientTape() as tape:
        tape.watch([x, kernels])
        y = convolve_each(x, kernels)
    d_x, d_kernels = tape.gradient(y, [x, kernels], d_y)
    return *y, d_x, *d_kernels


def tensors(rng, size, kernel_sizes, dtype="float64"):
    """x, kernels and gradients of the outputs, which have 4, 5, .. channels."""

    def normal(*shape):
        return tf.cast(rng.normal(size=shape), dtype)

    kernels = [normal(*taps, 3, 4 + i) for i, taps in enumerate(kernel_sizes)]
    return normal(2, *size, 3), kernels, [normal(2, *size, k.shape[3]) for k in kernels]


def operations(function):
    """The kinds of operations of a traced function and of those that it calls."""
    graph = function.graph.as_graph_def()
    nodes = [*graph.node, *(node for f in graph.library.function for node in f.node_def)]
    return {node.op for node in nodes}
