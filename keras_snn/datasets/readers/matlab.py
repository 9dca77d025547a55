"""MATLAB .mat: the spike trains of ST-MNIST, a touch sensor."""

from pathlib import Path

import numpy as np

from keras_snn.datasets.events import make_recording
from keras_snn.datasets.readers.damage import DamagedFileError, Recording, read_bytes
from keras_snn.extras import import_extra

TRAIN = "spiketrain"


def read_mat(path: Path) -> Recording:
    """Reads `spiketrain` (taxels + 1, times): -1, 0 or 1 per taxel, and seconds in the last row.

    The taxels form one row of pixels, in the order of the file.

    Args:
        path: The file.

    Returns:
        Events, and (1, taxels).
    """
    size = len(read_bytes(path, "a MATLAB file"))
    try:
        content = import_extra("scipy.io", "data").loadmat(path)
    except (ValueError, TypeError, OSError, EOFError, NotImplementedError) as error:
        raise DamagedFileError(path, size, "a MATLAB file", str(error)) from error
    if TRAIN not in content:
        names = sorted(name for name in content if not name.startswith("__"))
        raise DamagedFileError(path, 0, f"an array {TRAIN}", f"{names}")
    *taxels, seconds = content[TRAIN]
    step, taxel = np.nonzero(np.transpose(taxels))
    p = np.asarray(taxels)[taxel, step]
    events = make_recording(taxel, np.zeros_like(taxel), seconds[step], p, time_unit="s")
    return events, (1, len(taxels))
