"""Kernels of TensorFlow: batch normalisation as one fused operation, and the choice of LIF's and
the convolution's.
"""

import functools
import sys
from pathlib import Path

import tensorflow as tf
from keras import ops

from keras_snn.functional import convolution, membrane, time
from keras_snn.kernels import cost, plain, spectral, traced, xla

__all__ = ["batch_norm", "convolve_each", "lif"]

SMALL = 32768
"""Elements of a sample below which compiling LIF costs more than it gains."""

PORTABLE = ("keras.src.export", "tensorflow.lite", "tf2onnx")
"""Modules that trace a model to write it for elsewhere: they get plain operations."""


def lif(x, v0, leak, mask, dynamics, *, return_state=False):
    """As `membrane.lif`, compiled where that is known to gain."""
    form = _form(x, mask)
    passes = form.forward, form.backward
    return membrane.lif(x, v0, leak, mask, dynamics, return_state=return_state, passes=passes)


def _form(x, mask):
    """The module whose passes are used."""
    shape = x.shape[1:]
    if mask is not None or not shape.is_fully_defined() or _is_traced_for_elsewhere():
        return membrane
    if shape.num_elements() >= SMALL:
        return xla
    return traced if time.unrolls(shape[0]) else membrane


def _is_traced_for_elsewhere():
    """Whether a function is being traced for an exported model, seen from who called."""
    frame = sys._getframe() if tf.inside_function() else None
    while frame is not None:
        if frame.f_globals.get("__name__", "").startswith(PORTABLE):
            return True
        frame = frame.f_back
    return False


def convolve_each(x, kernels):
    """As `convolution.convolve_each`, with spectra where they are expected to be faster."""
    kernels = [convolution.visible(tf.convert_to_tensor(k), x.shape[1:3]) for k in kernels]
    chosen = _of_spectra(x, kernels)
    if not chosen:
        return convolution.convolve_each(x, kernels)
    results = dict(
        zip(chosen, spectral.convolve_each(x, [kernels[i] for i in chosen]), strict=True)
    )
    direct = (i for i in range(len(kernels)) if i not in results)
    results.update({i: convolution.convolve(x, kernels[i]) for i in direct})
    return [results[i] for i in range(len(kernels))]


def _of_spectra(x, kernels):
    """The numbers of the kernels that are applied as spectra."""
    images, *size = x.shape[:3]
    direct = None in size or _has_gpu() or _is_traced_for_elsewhere()
    if direct or (x.dtype == tf.bfloat16 and _has_matrix_unit()):
        return ()
    return cost.faster(images, size, [kernel.shape for kernel in kernels], x.dtype.name)


@functools.cache
def _has_matrix_unit():
    """Whether the CPU multiplies matrices of bfloat16 in hardware (AMX)."""
    cpu = Path("/proc/cpuinfo")
    return cpu.exists() and "amx_bf16" in cpu.read_text()


@functools.cache
def _has_gpu():
    return bool(tf.config.list_logical_devices("GPU"))


def batch_norm(x, gamma, beta, epsilon, weights=None):
    """As `plain.batch_norm`; half types keep their dtype and are summed in float32."""
    if weights is not None or x.dtype == tf.float64:
        return plain.batch_norm(x, gamma, beta, epsilon, weights)
    channels = x.shape[-1]
    gamma = tf.ones([channels]) if gamma is None else ops.cast(gamma, "float32")
    beta = tf.zeros([channels]) if beta is None else ops.cast(beta, "float32")
    image = x if x.shape.rank == 4 else tf.reshape(x, [-1, 1, 1, channels])
    y, mean, variance = tf.compat.v1.nn.fused_batch_norm(
        image, gamma, beta, epsilon=epsilon, is_training=True
    )
    return (y if x.shape.rank == 4 else tf.reshape(y, tf.shape(x))), mean, variance
