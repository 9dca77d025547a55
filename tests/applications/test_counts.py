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
    "MaxResNet18": 12_502_090,
    "SEWResNet18": 11_689_512,
    "SEWResNet34": 21_797_672,
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


def residual_count(stem, stages, classes):
    """Of a residual network by the formula: kernels, two numbers per channel, a classifier.

    Args:
        stem: (input channels, output channels, kernel size).
        stages: (channels, blocks, whether the first block has a projection) of each.
        classes: Number of classes.
    """
    before, width, size = stem
    total = before * width * size**2 + 2 * width
    for channels, blocks, projected in stages:
        total += projected * (width * channels + 2 * channels)
        for _ in range(blocks):
            total += 9 * width * channels + 9 * channels**2 + 4 * channels
            width = channels
    return total + width * classes + classes


def test_max_and_sew_counts_follow_from_the_papers():
    stages = [(128, 3, True), (256, 3, True), (512, 2, True)]
    assert COUNTS["MaxResNet18"] == residual_count((3, 64, 3), stages, 10)
    for name, depths in (("SEWResNet18", (2, 2, 2, 2)), ("SEWResNet34", (3, 4, 6, 3))):
        widths = (64, 128, 256, 512)
        stages = [(w, d, w != 64) for w, d in zip(widths, depths, strict=True)]
        assert COUNTS[name] == residual_count((3, 64, 7), stages, 1000)


def test_the_count_of_max_resnet_is_that_of_spikingjelly():
    model = pytest.importorskip("spikingjelly.activation_based.model")
    peer = model.max_resnet18(num_classes=10)
    assert sum(p.numel() for p in peer.parameters()) == COUNTS["MaxResNet18"]


@pytest.mark.parametrize("depth", [18, 34])
def test_the_count_of_sew_resnet_is_that_of_spikingjelly(depth):
    module = pytest.importorskip("spikingjelly.activation_based.model.sew_resnet")
    neuron = pytest.importorskip("spikingjelly.activation_based.neuron")
    peer = getattr(module, f"sew_resnet{depth}")(cnf="ADD", spiking_neuron=neuron.IFNode)
    assert sum(p.numel() for p in peer.parameters()) == COUNTS[f"SEWResNet{depth}"]
