"""The networks of other libraries are the papers': reference logits and parameter counts."""

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
    from benchmarks.frameworks.spikingjelly import adapter

    return adapter()


def snntorch():
    pytest.importorskip("snntorch")
    from benchmarks.frameworks.snntorch import adapter

    return adapter()


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


@pytest.mark.parametrize("adapter", [spikingjelly, snntorch])
def test_sma_vgg8_has_the_reference_logits(adapter):
    from benchmarks.networks.vgg import VGG8

    network = VGG8(adapter(), 10, 2, **VGG)
    assert count(network) == 22_451_014
    reference = load(network, "sma_vgg_cifar10_dvs", torch.float64)
    found = logits(network, reference["x"], torch.float64)
    np.testing.assert_allclose(found, reference["logits"], atol=1e-9)


def test_ms_resnet18_has_the_reference_logits():
    from benchmarks.networks.ms_resnet import MSResNet

    network = MSResNet(spikingjelly(), 6, 3, 1000, attention=None)
    assert count(network) == 11_693_736
    reference = load(network, "ms_resnet18_64", torch.float64)
    found = logits(network, repeated(reference["x"], 6), torch.float64)
    np.testing.assert_allclose(found, reference["logits"], atol=1e-9)


def test_fsta_resnet20_has_the_reference_logits():
    from benchmarks.networks.spiking_resnet import SpikingResNet

    torch.set_default_dtype(torch.float64)  # the filters too
    try:
        network = SpikingResNet(spikingjelly(), 2, 3, 10)
    finally:
        torch.set_default_dtype(torch.float32)
    assert count(network) == 11_293_774 - 19 * 3  # without the scalars that nothing reads
    reference = load(network, "fsta_resnet20", torch.float64)
    found = logits(network, repeated(reference["x"], 2), torch.float64).mean(0)
    np.testing.assert_allclose(found, reference["logits"], atol=1e-9)


def test_sma_resnet18_has_the_papers_parameters():
    from benchmarks.networks.ms_resnet import MSResNet

    with torch.device("meta"):
        assert count(MSResNet(spikingjelly(), 6, 3, 1000)) == 71_087_400


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["sma_vgg8_48", "sma_resnet18", "fsta_resnet20", "spiking_resnet20", "event_digits"]
)
def test_ours_has_as_many_parameters_as_the_peer(name):
    from benchmarks.frameworks import pytorch
    from benchmarks.networks import ours
    from benchmarks.workloads import select

    (row,) = select([name], quick=False)
    with torch.device("meta"):
        peer = pytorch.trainable(pytorch.network(spikingjelly(), row))
    assert ours.trainable(ours.network(row)) == peer
