"""Weights by rule, so that a network's reference logits need no stored weights.

`tensor(key, shape, seed)` returns the array that the reference run put under the PyTorch key `key`.
`state_dict(path)` returns the whole mapping for a `net_*.npz` file, its calibrated BN
statistics included.
Needs NumPy only.
"""

import json
import zlib

import numpy as np


def tensor(key, shape, seed):
    rng = np.random.default_rng([zlib.crc32(key.encode()), seed])
    if key.endswith("num_batches_tracked"):
        return np.array(0)
    if key.endswith("running_var"):
        return rng.uniform(0.5, 1.5, shape)
    if key.endswith("running_mean"):
        return rng.normal(0, 0.1, shape)
    if len(shape) == 1 and key.endswith("weight"):
        return rng.uniform(0.8, 1.6, shape)
    if key.endswith("bias"):
        return rng.normal(0, 0.1, shape)
    if len(shape) == 1:
        return rng.uniform(0.4, 0.9, shape)
    gain = 60 if key.startswith("others.") else 2
    return rng.normal(0, np.sqrt(gain / int(np.prod(shape[1:]))), shape)


def state_dict(path):
    data = np.load(path)
    seed = int(data["seed"])
    shapes = json.loads(str(data["keys"]))
    weights = {key: tensor(key, tuple(shape), seed) for key, shape in shapes}
    statistics = [name for name in data.files if name.startswith("stat/")]
    weights.update({name.removeprefix("stat/"): data[name] for name in statistics})
    return weights
