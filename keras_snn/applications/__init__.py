"""The papers' networks, prebuilt, with the signature of keras.applications."""

from keras_snn.applications.from_pytorch import from_pytorch
from keras_snn.applications.ms_resnet import (
    MaxResNet18,
    MSResNet18,
    MSResNet34,
    MSResNet104,
    SMAResNet18,
    SMAResNet34,
    SMAResNet104,
)
from keras_snn.applications.pretrained import list_weights
from keras_snn.applications.sew_resnet import SEWResNet18, SEWResNet34
from keras_snn.applications.spiking_resnet import (
    FSTAResNet18,
    FSTAResNet19,
    FSTAResNet20,
    FSTAResNet34,
    SpikingResNet18,
    SpikingResNet19,
    SpikingResNet20,
    SpikingResNet34,
)
from keras_snn.applications.vgg import SMAVGG8, VGG8

__all__ = [
    "SMAVGG8",
    "VGG8",
    "FSTAResNet18",
    "FSTAResNet19",
    "FSTAResNet20",
    "FSTAResNet34",
    "MSResNet18",
    "MSResNet34",
    "MSResNet104",
    "MaxResNet18",
    "SEWResNet18",
    "SEWResNet34",
    "SMAResNet18",
    "SMAResNet34",
    "SMAResNet104",
    "SpikingResNet18",
    "SpikingResNet19",
    "SpikingResNet20",
    "SpikingResNet34",
    "from_pytorch",
    "list_weights",
]
