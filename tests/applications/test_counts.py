"""Numbers of trained parameters: those of the papers' programs, exactly."""

import math

import pytest

from keras_snn import applications

COUNTS = {
    "VGG8": 15_460_810,
    "SMAVGG8": 22_451_014,
    "MSResNet18": 11_693_736,
    "MSResNet34": 21_801_896,
    "MSResNet104": 77_350_504,
    "SMAResNet18": 71_087_400,
    "SMAResNet34": 81_195_560,
    "SMAResNet104": 136_744_168,
    # As their authors count, less three scalars in each FSTA module that nothing reads.
    "FSTAResNet18": 11_730_720 - 3 * 17,
    "FSTAResNet19": 12_735_584 - 3 * 17,
    "FSTAResNet20": 11_293_774 - 3 * 19,
    "FSTAResNet34": 21_877_664 - 3 * 33,
    # The same without FSTA: per module of 49 filters 7 * 7 * 49 weights, T * T and four scalars;
    # of 19 layers sixteen modules have a bottleneck of 3 = 49 // 16.
    "SpikingResNet18": 11_730_669 - 17 * (2401 + 16 + 4),
    "SpikingResNet19": 12_735_533 - (2401 + 4 + 4) - 16 * (3 * 2401 + 3 * 49 + 4 + 4),
    "SpikingResNet20": 11_293_717 - 19 * (2401 + 4 + 4),
    "SpikingResNet34": 21_877_565 - 33 * (2401 + 16 + 4),
}
OTHER_VGG = [
    ("VGG8", 16, 11, 15_461_835),
    ("VGG8", 14, 101, 15_554_085),
    ("SMAVGG8", 16, 11, 22_452_531),
    ("SMAVGG8", 14, 101, 22_544_543),
]


def trained(model):
    return sum(math.prod(variable.shape) for variable in model.trainable_variables)


def test_every_builder_has_its_row():
    builders = {name for name in applications.__all__ if name[0].isupper()}
    assert builders == set(COUNTS)


@pytest.mark.parametrize("name", COUNTS)
def test_parameters(name):
    model = getattr(applications, name)()
    assert trained(model) == COUNTS[name]
    modules = sum(layer.name.endswith("_sma") for layer in model.layers)
    assert modules == {"SMAR": 8, "SMAV": 2}.get(name[:4], 0)


@pytest.mark.parametrize(("name", "time_steps", "classes", "count"), OTHER_VGG)
def test_vgg_parameters_of_other_data(name, time_steps, classes, count):
    model = getattr(applications, name)(time_steps=time_steps, classes=classes)
    assert model.input_shape == (None, time_steps, 128, 128, 2)
    assert trained(model) == count
