"""What the running backend computes in float64, for comparison with TensorFlow.

`python -m tests.fidelity.script PART FILE.npz` writes one of three parts: `layers`, the derivatives
of every layer; `references`, the errors against the authors' values; `networks`, the derivatives of
small networks.
"""

import sys
from pathlib import Path
from unittest import mock

import keras
import numpy as np

from keras_snn.backends.fourier_convolution import steps
from keras_snn.functional.precision import float64_kept
from tests.fidelity import golden, networks
from tests.fidelity.subjects import FSTA, SMA, SUBJECTS
from tests.processes import run_on

BLOCKS = steps.Spectra.blocks
AS_KERAS_IS, KEPT = "as Keras is", "float64 kept"
ROUNDED = 1e-6  # where Keras's own layers of a network compute float64 in float32


def layers():
    """Layers alone know of float64: everything else is in float32."""
    for dtype in ("float16", "bfloat16"):  # these must leave no trace
        for subject in FSTA.values():
            subject.derivatives(f"mixed_{dtype}")
    found = {name: subject.derivatives() for name, subject in SUBJECTS.items()}
    return {**flat(found), "blocks": blocks_of_spectra()}


def flat(found):
    return {
        f"{name}/{kind}/{i}": value
        for name, kinds in found.items()
        for kind, values in kinds.items()
        for i, value in enumerate(values)
    }


def blocks_of_spectra():
    """How many blocks of spectra the layer of that name computes, forward and backward."""
    with mock.patch.object(steps.Spectra, "blocks", autospec=True, side_effect=BLOCKS) as counted:
        SMA["SMA, convolutions in spectra"].derivatives("float32")
    return counted.call_count


def references():
    """The largest error and its bar by module and bar."""
    everything_in_float64()
    found = {name: errors(run()) for name, run in golden.MODULES.items()}
    for name, run in golden.WHOLE.items():
        with float64_kept():
            found[f"{name}, {KEPT}"] = errors(run())
        found[f"{name}, {AS_KERAS_IS}"] = errors(run(ROUNDED))
    return found


def errors(comparisons):
    return np.array([(one.error, one.bar) for one in comparisons])


def small_networks():
    everything_in_float64()
    with float64_kept():
        return flat({name: networks.network(name) for name in networks.NETWORKS})


def everything_in_float64():
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")


PARTS = {"layers": layers, "references": references, "networks": small_networks}


def from_process(backend, part, folder):
    """What a process of that backend writes."""
    path = Path(folder) / f"{backend}_{part}.npz"
    run_on(backend, "tests.fidelity.script", part, path, double=True)
    return np.load(path)


if __name__ == "__main__":
    np.savez(sys.argv[2], **PARTS[sys.argv[1]]())
