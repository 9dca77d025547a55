"""JAX and PyTorch compute what TensorFlow and the authors' code compute, to the last digits."""

import inspect

import numpy as np
import pytest

from keras_snn import layers, losses
from tests.fidelity import golden, networks
from tests.fidelity.script import AS_KERAS_IS, KEPT, flat, from_process
from tests.fidelity.subjects import SUBJECTS
from tests.golden import close

WHOLE = [f"{name}, {how}" for name in golden.WHOLE for how in (KEPT, AS_KERAS_IS)]


@pytest.fixture(scope="module", params=["jax", "torch"])
def elsewhere(request, tmp_path_factory):
    """Gives the parts that a process of another backend writes."""
    pytest.importorskip(request.param)
    folder, found = tmp_path_factory.mktemp(request.param), {}

    def part(name):
        if name not in found:
            found[name] = from_process(request.param, name, folder)
        return found[name]

    return part


def compare(found, name, wanted):
    arrays = flat({name: wanted})
    assert sorted(arrays) == sorted(key for key in found if key.startswith(f"{name}/"))
    for key, array in arrays.items():
        close(found[key], array, 1e-9)


@pytest.mark.parametrize("name", SUBJECTS)
def test_layers_losses_and_their_gradients_equal_those_of_tensorflow(name, elsewhere):
    compare(elsewhere("layers"), name, SUBJECTS[name].derivatives())


def test_large_kernels_go_through_spectra(elsewhere):
    assert elsewhere("layers")["blocks"] == 2  # once forward, once backward


@pytest.mark.slow
@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("name", networks.NETWORKS)
def test_networks_and_their_gradients_equal_those_of_tensorflow(name, elsewhere):
    compare(elsewhere("networks"), name, networks.network(name))


@pytest.mark.slow
@pytest.mark.parametrize("name", [*golden.MODULES, *WHOLE])
def test_values_equal_the_authors(name, elsewhere):
    errors, bars = elsewhere("references")[name].T
    assert np.all(errors <= bars)


def test_every_public_layer_and_loss_is_compared():
    compared = {name.split(",")[0].removesuffix(" in training") for name in SUBJECTS}
    public = {name for name in layers.__all__ if inspect.isclass(getattr(layers, name))}
    random = {"PoissonCoding"}  # the numbers that it draws are each backend's own
    assert public | set(losses.__all__) <= compared | random
