"""Classes that files of earlier versions name, so that they load."""

from typing import Any

import keras


@keras.saving.register_keras_serializable(package="keras_snn")
class Dense(keras.layers.Dense):
    """The dense layer of VGG8 up to version 0.1: `keras.layers.Dense` under another name."""

    def quantize(self, mode: Any = None, type_check: bool = True, config: Any = None) -> None:
        """Quantizes as `keras.layers.Dense`, which would refuse its subclasses."""
        super().quantize(mode, type_check=False, config=config)
