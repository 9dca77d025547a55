"""JAX and PyTorch compute what TensorFlow and the authors' code compute, to the last digits.

A process of another backend takes long to start, so one test compares all that it computes.
"""

import inspect

import pytest

from keras_snn import layers, losses
from tests.fidelity import golden, networks
from tests.fidelity.script import AS_KERAS_IS, KEPT, flat, from_process
from tests.fidelity.subjects import SUBJECTS
from tests.golden import error

OTHERS = ["jax", "torch"]


def elsewhere(backend, part, folder):
    pytest.importorskip(backend)
    return from_process(backend, part, folder)


def differing(found, wanted):
    """Names of the arrays that differ by more than 1e-9 of their largest value."""
    arrays = flat(wanted)
    missing = set(arrays) - set(found)
    both = arrays.keys() - missing
    return missing | {key for key in both if not error(found[key], arrays[key]) <= 1e-9}


@pytest.mark.parametrize("backend", OTHERS)
def test_layers_losses_and_their_gradients_equal_those_of_tensorflow(backend, tmp_path):
    found = elsewhere(backend, "layers", tmp_path)
    wanted = {name: subject.derivatives() for name, subject in SUBJECTS.items()}
    assert len(found) == len(flat(wanted)) + 1  # and "blocks"
    assert not differing(found, wanted)
    assert found["blocks"] == 2  # large kernels go through spectra, forward and backward


@pytest.mark.slow
@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("backend", OTHERS)
def test_networks_and_their_gradients_equal_those_of_tensorflow(backend, tmp_path):
    found = elsewhere(backend, "networks", tmp_path)
    assert not differing(found, {name: networks.network(name) for name in networks.NETWORKS})


@pytest.mark.slow
@pytest.mark.parametrize("backend", OTHERS)
def test_values_equal_the_authors(backend, tmp_path):
    found = elsewhere(backend, "references", tmp_path)
    whole = {f"{name}, {how}" for name in golden.WHOLE for how in (KEPT, AS_KERAS_IS)}
    assert set(found) == {*golden.MODULES, *whole}
    assert all(value <= bar for name in found for value, bar in found[name])


def test_every_public_layer_and_loss_is_compared():
    compared = {name.split(",")[0].removesuffix(" in training") for name in SUBJECTS}
    public = {name for name in layers.__all__ if inspect.isclass(getattr(layers, name))}
    random = {"PoissonCoding"}  # the numbers that it draws are each backend's own
    assert public | set(losses.__all__) <= compared | random
