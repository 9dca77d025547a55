"""What TensorFlow's profiler counts of a network, as a judge of our own counts."""

import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

PRODUCTS = ("Conv2D", "DepthwiseConv2dNative", "MatMul", "BatchMatMulV2")


def profiled_macs(model):
    """Multiply-accumulates of convolutions and matrix products for one sample, in inference."""
    spec = tf.TensorSpec((1, *model.input_shape[1:]), tf.float32)
    traced = tf.function(lambda x: model(x, training=False)).get_concrete_function(spec)
    builder = tf.compat.v1.profiler.ProfileOptionBuilder
    options = builder(builder.float_operation()).with_empty_output().build()
    frozen = convert_variables_to_constants_v2(traced)
    with tf.Graph().as_default() as graph:
        tf.graph_util.import_graph_def(frozen.graph.as_graph_def(), name="")
        found = tf.compat.v1.profiler.profile(graph, cmd="op", options=options)
    operations = {}
    while found.children:  # one operation a level, each with the sum of those below it
        found = found.children[0]
        operations[found.name] = found.float_ops
    return sum(operations.get(name, 0) for name in PRODUCTS) / 2
