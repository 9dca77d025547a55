"""Every layer keeps the contract of Keras layers."""

import inspect

import keras
import pytest

from keras_snn import layers
from tests.contract import check_layer

SEQUENCE = (2, 4, 6, 5, 8)
SUBJECTS = {
    "LIF": (lambda **k: layers.LIF(**k), SEQUENCE),
    "LIF learned": (lambda **k: layers.LIF(learn_tau=True, v_reset=None, **k), (2, 4, 6)),
    "LIF channels": (lambda **k: layers.LIF(learn_tau=True, tau_shape="channel", **k), SEQUENCE),
    "LeakyIntegrator": (lambda **k: layers.LeakyIntegrator(learn_tau=True, **k), (2, 4, 6)),
    "Synaptic": (lambda **k: layers.Synaptic(tau_synapse=3.0, **k), SEQUENCE),
    "AdaptiveLIF": (lambda **k: layers.AdaptiveLIF(tau_adaptation=4.0, **k), (2, 4, 6)),
    "RecurrentLIF": (lambda **k: layers.RecurrentLIF(6, **k), (2, 4, 6)),
    "IF": (lambda **k: layers.IF(surrogate="sigmoid", **k), (2, 4, 6)),
    "LIFCell": (
        lambda **k: keras.layers.RNN(
            layers.LIFCell(6, dtype=k.get("dtype")), return_sequences=True, **k
        ),
        (2, 4, 6),
    ),
    "TimeDistributed": (
        lambda **k: layers.TimeDistributed(
            keras.layers.Conv2D(8, 3, padding="same", dtype=k.pop("dtype", None)), **k
        ),
        SEQUENCE,
    ),
    "BatchNormalization": (lambda **k: layers.BatchNormalization(**k), SEQUENCE),
    "ThresholdBatchNormalization": (
        lambda **k: layers.ThresholdBatchNormalization(0.5, alpha=0.7, **k),
        SEQUENCE,
    ),
    "MeanOverTime": (lambda **k: layers.MeanOverTime(**k), (2, 4, 6)),
    "DirectCoding": (lambda **k: layers.DirectCoding(3, **k), (2, 5, 6, 4)),
    "SameForAllTimeSteps": (
        lambda **k: layers.SameForAllTimeSteps(
            keras.layers.RandomErasing((0.0, 0.0), fill_value=0, dtype=k.pop("dtype", None)), **k
        ),
        SEQUENCE,
    ),
    "SMA": (
        lambda **k: layers.SMA((1, 3), time_reduction=2, azo=layers.AZO(4, 2), **k),
        SEQUENCE,
    ),
    "SMA relu": (
        lambda **k: layers.SMA(
            (3, 5), activation=keras.layers.ReLU(), time_attention=False, lightweight=True, **k
        ),
        SEQUENCE,
    ),
    "FSTA": (lambda **k: layers.FSTA(3, reduction=3, **k), SEQUENCE),
    "FSTA some": (lambda **k: layers.FSTA(4, frequencies=[0, 5, 7], **k), SEQUENCE),
}
# AZO takes three tensors: tests/layers/test_azo.py. What follows FrameMask must take a mask:
# tests/layers/test_frame_mask.py. Codings are random or have no gradient:
# tests/layers/test_coding.py.
ELSEWHERE = {"AZO", "FrameMask", "PoissonCoding", "LatencyCoding", "DeltaCoding"}


@pytest.mark.parametrize("name", SUBJECTS)
def test_contract(name, tmp_path):
    make, shape = SUBJECTS[name]
    check_layer(make, shape, tmp_path)


def test_every_layer_has_its_row():
    public = {name for name in layers.__all__ if inspect.isclass(getattr(layers, name))}
    assert public == {name.split()[0] for name in SUBJECTS} | ELSEWHERE
