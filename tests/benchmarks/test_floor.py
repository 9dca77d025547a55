"""How far a training step lies above the products that it cannot do without."""

import pytest

from benchmarks.floor.products import products
from benchmarks.floor.tensorflow_steps import bare
from benchmarks.ratio import ratio
from benchmarks.subjects import ours
from benchmarks.workloads import select

LARGEST = 1.6


@pytest.mark.slow
def test_training_step_of_sma_vgg8_is_close_to_its_bare_products():
    (row,) = select(["sma_vgg8_48"], quick=False)
    step, parameters = ours.build(row, "train", "float32")
    assert parameters == 22_451_014
    above = ratio(step, bare(products(row), "float32", training=True), rounds=7)
    print(f"SMA-VGG8's training step / its bare products: {above}")
    # The quartile below: what else runs on the machine can only add to a round's ratio.
    assert above.low <= LARGEST
