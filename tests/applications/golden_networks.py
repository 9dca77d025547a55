"""The networks of the authors' code whose logits are known, and their references."""

import json

import numpy as np

from tests.data.golden import weights
from tests.golden import FOLDER

NETWORKS = {
    "net_sma_vgg_cifar10_dvs": (
        "SMAVGG8",
        {"input_shape": (10, 48, 48, 2), "return_sequences": True},
        {"input_shape": (10, 48, 48, 2), "attention_activation": "lif"},
    ),
    "net_ms_resnet18_64": (
        "MSResNet18",
        {"input_shape": (64, 64, 3)},
        {"input_shape": (64, 64, 3), "time_steps": 6},
    ),
    "net_fsta_resnet20": ("FSTAResNet20", {}, {"input_shape": (32, 32, 3)}),
}


def reference(name):
    """Inputs (frames or images, channels last), logits (batch first), state dictionary, count."""
    path = FOLDER / f"{name}.npz"
    data = np.load(path)
    x, logits = data["x"].astype("float64"), data["logits"]
    x = x.transpose(1, 0, 3, 4, 2) if x.ndim == 5 else x.transpose(0, 2, 3, 1)
    logits = logits.transpose(1, 0, 2) if logits.ndim == 3 else logits
    unread = sum(
        np.prod(shape)
        for key, shape in json.loads(str(data["keys"]))
        if key.endswith(("dct.x", "t_scale", "s_scale"))
    )
    return x, logits, weights.state_dict(path), data["params"] - unread
