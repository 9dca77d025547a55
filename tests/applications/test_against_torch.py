"""The residual networks against PyTorch, in every variation of the table."""

import keras
import numpy as np
import pytest

from keras_snn import applications
from keras_snn.applications import ms_resnet, sew_resnet, spiking_resnet
from tests.applications.miniatures import IMAGE, RESNET, inputs, liven
from tests.checkpoints.pytorch_names import plain_state_dict, state_dict
from tests.golden import close

torch = pytest.importorskip("torch")
from benchmarks.networks.ms_resnet import MSResNet  # noqa: E402, they need torch
from benchmarks.networks.spiking_resnet import SpikingResNet  # noqa: E402
from tests.applications import torch_networks  # noqa: E402

SLOW = {
    "MSResNet34",
    "MSResNet104",
    "SMAResNet34",
    "SMAResNet104",
    "SpikingResNet34",
    "FSTAResNet34",
}
"""The deep ones."""


def rows(prefixes, depths):
    return [
        pytest.param(
            f"{prefix}ResNet{n}", n, marks=pytest.mark.slow if f"{prefix}ResNet{n}" in SLOW else ()
        )
        for prefix in prefixes
        for n in depths
    ]


MS = rows(("MS", "SMA"), (18, 34, 104))
FSTA = rows(("Spiking", "FSTA"), (18, 19, 20, 34))


def network(name, layers):
    filters = RESNET["filters"][: 3 if layers == 19 else 4]
    model = getattr(applications, name)(
        input_shape=IMAGE, filters=filters, classes=5, time_steps=3, classifier_activation=None
    )
    return liven(model)


def row_of(module, name):
    return next(row for row in module.ROWS if row.title == name)


def sequence(images):
    """Images as (time, batch, channels, height, width), equal at three steps."""
    x = torch.as_tensor(images.transpose(0, 3, 1, 2))
    return x[None].repeat(3, 1, 1, 1, 1)


def check(model, wanted, images):
    spread = np.ptp(wanted.numpy(), axis=0).max()
    assert spread > 1e-3, "the reference is silent"
    close(model.predict(images, verbose=0), wanted.numpy())


def reference(build, model, row, images, **arguments):
    """Logits of the benchmarks' network of this row, with the weights of ours."""
    return torch_networks.logits(
        build,
        state_dict(model),
        sequence(images),
        classes=5,
        attention=row.attention,
        depths=row.depths,
        widths=RESNET["filters"][: len(row.depths)],
        **arguments,
    )


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize(("name", "layers"), MS)
def test_membrane_shortcuts(name, layers):
    model = network(name, layers)
    images, row = inputs(model), row_of(ms_resnet, name)
    check(model, reference(MSResNet, model, row, images, deep=layers == 104), images)


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize(("name", "layers"), FSTA)
def test_spike_shortcuts(name, layers):
    model = network(name, layers)
    images, row = inputs(model), row_of(spiking_resnet, name)
    form = {"layers": layers, "strides": row.strides}
    check(model, reference(SpikingResNet, model, row, images, **form), images)


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize(
    ("name", "module", "reference"),
    [
        ("MaxResNet18", ms_resnet, torch_networks.max_resnet),
        ("SEWResNet18", sew_resnet, torch_networks.sew_resnet),
        pytest.param("SEWResNet34", sew_resnet, torch_networks.sew_resnet, marks=pytest.mark.slow),
    ],
)
def test_maximum_pools_and_added_spikes(name, module, reference):
    filters = RESNET["filters"][: 3 if name.startswith("Max") else 4]
    model = getattr(applications, name)(
        input_shape=IMAGE, filters=filters, classes=5, time_steps=3, classifier_activation=None
    )
    images, row = inputs(liven(model)), row_of(module, name)
    wanted = reference(plain_state_dict(model), sequence(images), row.depths, row.strides)
    check(model, wanted, images)


def test_shortcut_pools_average_partial_windows():
    pool = keras.layers.AveragePooling2D(2, padding="same")
    x = np.arange(9.0).reshape(1, 3, 3, 1)
    np.testing.assert_allclose(pool(x)[0, :, :, 0], [[2.0, 3.5], [6.5, 8.0]])
