"""Losses, analysis, checkpoints and files are the same on TensorFlow, JAX and PyTorch."""

import numpy as np
import pytest

from tests import features_script
from tests.processes import run_on


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("backends")


@pytest.fixture(scope="module")
def on_tensorflow(folder):
    return features_script.features(folder)


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_what_the_library_offers_is_the_same(backend, folder, on_tensorflow):
    run_on(backend, "tests.features_script", folder)
    found = np.load(folder / f"{backend}.npz")
    for name, wanted in on_tensorflow.items():
        np.testing.assert_allclose(found[name], wanted, rtol=1e-4, atol=1e-5, err_msg=name)
    there = [found["file0"], found["file1"]]
    here = features_script.from_files(folder, backend)
    for outputs in [*there, *here]:
        np.testing.assert_allclose(outputs, on_tensorflow["outputs"], rtol=1e-4, atol=1e-5)
    truncated, mirrored = found["refusals"].tolist()
    assert truncated.startswith("`TruncatedBPTT` needs the TensorFlow backend.")
    assert mirrored.startswith("`kind` must be run with KERAS_BACKEND=tensorflow.")


def test_networks_and_losses_do_not_depend_on_files(on_tensorflow):
    assert np.ptp(on_tensorflow["outputs"]) > 0.1
    assert on_tensorflow["rates"].min() > 0
    np.testing.assert_allclose(on_tensorflow["checkpoint"], on_tensorflow["outputs"], rtol=1e-6)
