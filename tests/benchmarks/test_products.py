"""The floor's lists of products, against counts worked out by hand."""

import json

import numpy as np
import pytest

from benchmarks.floor import tensorflow_steps
from benchmarks.floor.products import Product, products, strided
from benchmarks.workloads import WORKLOADS, Workload

ROWS = {row.name: row for row in WORKLOADS}


def test_flops_of_a_convolution_by_hand():
    product = Product(3, (5, 7), 2, 4, kernel=3, stride=2)
    assert product.output_size == (3, 4)
    assert product.flops() == 2 * 3 * 3 * 4 * 9 * 2 * 4
    assert product.flops(training=True) == 3 * product.flops()


def test_a_strided_size_is_rounded_up():
    assert strided((5, 6), 2) == (3, 3)


def test_a_first_layer_needs_no_input_gradient():
    first = products(ROWS["sma_vgg8_48"])[0]
    assert first.flops(training=True) == 2 * first.flops()


def test_sma_vgg8_takes_139_gflop_forward_and_417_in_training():
    rows = products(ROWS["sma_vgg8_48"])
    assert sum(p.flops() for p in rows) / 1e9 == pytest.approx(139, rel=0.01)
    assert sum(p.flops(training=True) for p in rows) / 1e9 == pytest.approx(417, rel=0.01)


@pytest.mark.parametrize(
    ("name", "parameters"), [("sma_resnet18", 71_087_400), ("fsta_resnet20", 11_293_717)]
)
def test_kernels_make_up_nearly_all_parameters(name, parameters):
    """What remains are biases, batch normalisations and scalars."""
    kernels = sum(p.weights for p in products(ROWS[name]) if p.weight_gradient)
    assert 0.995 * parameters < kernels <= parameters


def test_without_attention_only_the_plain_convolutions_remain():
    plain = products(ROWS["spiking_resnet20"])
    gated = products(ROWS["fsta_resnet20"])
    assert len(gated) - len(plain) == 3 * 19  # 3 products in each of 3 + 16 activations
    assert not [p for p in plain if p.kernel == 7]


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_bare_products_make_each_output_and_gradient(training, dtype, monkeypatch):
    rows = [
        Product(2, (6, 5), 3, 4, kernel=3, stride=2, input_gradient=False),
        Product(2, (6, 5), 1, 4, kernel=7, weight_gradient=False),
        Product(5, (1, 1), 3, 4),
    ]
    seen = []
    monkeypatch.setattr(tensorflow_steps, "_corner", _noting(seen, tensorflow_steps._corner))
    assert np.isfinite(tensorflow_steps.bare(rows, dtype, training)())
    outputs = [(2, 3, 3, 4), (2, 6, 5, 4), (5, 4)]
    gradients = [[(3, 3, 3, 4)], [(2, 6, 5, 1)], [(5, 3), (3, 4)]]
    pairs = zip(outputs, gradients, strict=True)
    wanted = [shape for y, rest in pairs for shape in (y, *(rest if training else []))]
    assert seen == wanted


def _noting(seen, function):
    """The function, whose argument's shape is noted."""

    def run(tensor):
        seen.append(tuple(tensor.shape))
        return function(tensor)

    return run


def test_a_workload_passes_through_its_config():
    for row in WORKLOADS:
        assert Workload.from_config(json.loads(json.dumps(row.to_config()))) == row
