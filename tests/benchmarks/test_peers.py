"""The peers' networks are the papers': reference logits and parameter counts."""

import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.workloads import VGG

torch = pytest.importorskip("torch")
GOLDEN = Path(__file__).resolve().parents[1] / "data" / "golden"
UNREAD = (".x", ".t_scale", ".s_scale", "num_batches_tracked")

# Both warn while they are imported, on Python's own deprecations.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")


def spikingjelly():
    pytest.importorskip("spikingjelly")
    from benchmarks.peers.spikingjelly_kit import kit

    return kit()


def snntorch():
    pytest.importorskip("snntorch")
    from benchmarks.peers.snntorch_kit import kit

    return kit()


def load(network, name, dtype):
    """Puts the reference weights into the network; returns the reference run."""
    sys.path.insert(0, str(GOLDEN))
    import weights

    sys.path.remove(str(GOLDEN))
    path = GOLDEN / f"net_{name}.npz"
    network.to(dtype).eval()  # before the weights, which float32 would round
    arrays = weights.state_dict(path)
    state = {
        k: torch.from_numpy(np.asarray(v)) for k, v in arrays.items() if not k.endswith(UNREAD)
    }
    keys = network.load_state_dict(state, strict=False)
    assert not keys.unexpected_keys
    left = [key for key in keys.missing_keys if "leaky" not in key and not key.endswith(UNREAD)]
    assert not left
    return np.load(path)


def logits(network, x, dtype):
    with torch.inference_mode():
        return network(torch.from_numpy(np.ascontiguousarray(x)).to(dtype)).numpy()


def repeated(images, time_steps):
    return np.repeat(images[None], time_steps, axis=0)


def count(network):
    return sum(parameter.numel() for parameter in network.parameters())


@pytest.mark.parametrize("kit", [spikingjelly, snntorch])
def test_sma_vgg8_has_the_reference_logits(kit):
    from benchmarks.peers.vgg import VGG8

    network = VGG8(kit(), 10, 2, **VGG)
    assert count(network) == 22_451_014
    reference = load(network, "sma_vgg_cifar10_dvs", torch.float64)
    found = logits(network, reference["x"], torch.float64)
    np.testing.assert_allclose(found, reference["logits"], atol=1e-9)


def test_ms_resnet18_has_the_reference_logits():
    from benchmarks.peers.ms_resnet import MSResNet18

    network = MSResNet18(spikingjelly(), 6, 3, 1000, attention=None)
    assert count(network) == 11_693_736
    reference = load(network, "ms_resnet18_64", torch.float64)
    found = logits(network, repeated(reference["x"], 6), torch.float64)
    np.testing.assert_allclose(found, reference["logits"], atol=1e-9)


def test_fsta_resnet20_has_the_reference_logits():
    from benchmarks.peers.fsta import filters
    from benchmarks.peers.fsta_resnet import FSTAResNet20

    network = FSTAResNet20(spikingjelly(), 2, 3, 10)
    assert count(network) == 11_293_774 - 19 * 3  # without the scalars that nothing reads
    reference = load(network, "fsta_resnet20", torch.float64)
    for module in network.modules():
        if hasattr(module, "bank"):  # in float64 from the formula, not from float32
            module.bank = torch.from_numpy(filters(7))[:, None].expand_as(module.bank)
    found = logits(network, repeated(reference["x"], 2), torch.float64).mean(0)
    np.testing.assert_allclose(found, reference["logits"], atol=1e-9)


def test_sma_resnet18_has_the_papers_parameters():
    from benchmarks.peers.ms_resnet import MSResNet18

    with torch.device("meta"):
        assert count(MSResNet18(spikingjelly(), 6, 3, 1000)) == 71_087_400


def test_floor_lists_the_products_that_the_peer_makes():
    """Kernels of the convolutions and dense layers that a forward pass calls, in their order."""
    from benchmarks.floor.products import products
    from benchmarks.peers.vgg import VGG8
    from benchmarks.workloads import WORKLOADS

    network = VGG8(spikingjelly(), 10, 2, **VGG)
    kernels = (torch.nn.Conv2d, torch.nn.Conv3d, torch.nn.Linear)
    weights = [m.weight.numel() for m in network.modules() if isinstance(m, kernels)]
    row = next(row for row in WORKLOADS if row.name == "sma_vgg8_48")
    assert sorted(weights) == sorted(product.weights for product in products(row))


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["sma_vgg8_48", "sma_resnet18", "fsta_resnet20", "spiking_resnet20", "event_digits"]
)
def test_ours_has_as_many_parameters_as_the_peer(name):
    from benchmarks.peers.networks import network
    from benchmarks.subjects import ours, torch_steps
    from benchmarks.workloads import select

    (row,) = select([name], quick=False)
    with torch.device("meta"):
        peer = torch_steps.trainable(network(spikingjelly(), row))
    assert ours.trainable(ours.network(row)) == peer
