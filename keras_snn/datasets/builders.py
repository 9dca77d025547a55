"""Defines the base of the tensorflow-datasets builders of event recordings."""

import dataclasses
import hashlib
import inspect
import json
from typing import Any, ClassVar

import numpy as np

from keras_snn import validation
from keras_snn.datasets.leftovers import preparing
from keras_snn.extras import missing_extra

try:
    import tensorflow_datasets as tfds
except ImportError as error:
    raise missing_extra("tensorflow_datasets", "data", error) from error


class EventConfig(tfds.core.BuilderConfig):
    """The settings of a data set, under a name that no other settings have.

    The name is also that of the directory on disk. It contains a digest of all settings and
    constants, so data that were prepared with others are never loaded.

    Args:
        settings: Frozen dataclass.
        constants: Other values that determine the content of the data set, serializable as JSON.
    """

    def __init__(self, settings: Any, constants: dict[str, Any]) -> None:
        written = json.dumps(dataclasses.asdict(settings), sort_keys=True)
        digest = hashlib.sha256((written + json.dumps(constants, sort_keys=True)).encode())
        super().__init__(name=f"settings_{digest.hexdigest()[:16]}", description=written)
        self.settings = settings


class EventDatasetBuilder(tfds.core.GeneratorBasedBuilder):
    """Base of builders that store raw events; a subclass describes and generates them.

    An example is `{"events": {"x", "y", "t", "p"}, "label"}`, where each field of the events is a
    tensor (events,). Settings are keyword arguments of the builder.

    Args:
        data_dir: Directory of the data, `~/tensorflow_datasets` by default.
        config: Configuration from `configure`, or its name, instead of settings.
        version: Version of the data set, as in tensorflow-datasets.
        settings: Fields of `SETTINGS`. Fields that are not given have their defaults.

    Raises:
        ValueError: If a setting is unknown or out of range, or `config` and settings are given.
    """

    SETTINGS: ClassVar[type]  # frozen dataclass that checks its fields
    CONSTANTS: ClassVar[dict[str, Any]]
    SENSOR_SIZE: ClassVar[tuple[int, ...]]  # (height, width, polarities) or (units,)
    CLASS_NAMES: ClassVar[tuple[str, ...]]  # in the order of the labels
    TIME_STEPS: ClassVar[int]  # default number of frames
    SLICE_BY: ClassVar[str] = "count"  # default way of slicing
    SIZES: ClassVar[dict[str, int]]  # samples of each split
    SOURCE: ClassVar[str]
    LICENSE: ClassVar[str]

    _configured: ClassVar[dict[str, EventConfig]]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._configured = {}
        if inspect.isabstract(cls):  # a base of builders
            return
        cls.BUILDER_CONFIGS = [cls.configure()]

    def __init__(
        self, *, data_dir: Any = None, config: Any = None, version: Any = None, **settings: Any
    ) -> None:
        if config is None:
            config = self.configure(**settings)
        else:
            rule = "be None if settings are given"
            validation.require(not settings, "config", rule, config=config, **settings)
        if isinstance(config, EventConfig):  # an unpickled copy becomes the known object
            config = self.configure(**dataclasses.asdict(config.settings))
        super().__init__(data_dir=data_dir, config=config, version=version)

    @classmethod
    def configure(cls, **settings: Any) -> EventConfig:
        """Returns the configuration of these settings, the same object for equal settings."""
        fields = [field.name for field in dataclasses.fields(cls.SETTINGS)]
        rule = f"be one of the settings of {cls.name}: {', '.join(fields)}"
        for name, value in settings.items():
            validation.require(name in fields, name, rule, **{name: value})
        constants = {**cls.CONSTANTS, "version": str(cls.VERSION)}
        config = EventConfig(cls.SETTINGS(**settings), constants)
        return cls._configured.setdefault(config.name, config)

    @classmethod
    def get_builder_config(cls, name: str, version: Any = None) -> EventConfig | None:
        """Returns the configuration of a name, among all that were made, or None."""
        return cls._configured.get(name)

    def download_and_prepare(self, **options: Any) -> None:
        """Removes what killed preparations left, then prepares the set as tensorflow-datasets does.

        Args:
            options: Arguments of tensorflow-datasets' method.
        """
        with preparing(self.data_path.parent.parent):
            super().download_and_prepare(**options)

    def _info(self) -> Any:
        fields = {"x": np.int16, "y": np.int16, "t": np.int64, "p": np.bool_}
        events = {
            name: tfds.features.Tensor(shape=(None,), dtype=dtype) for name, dtype in fields.items()
        }
        label = tfds.features.ClassLabel(names=self.CLASS_NAMES)
        return tfds.core.DatasetInfo(
            builder=self,
            description=type(self).__doc__,
            features=tfds.features.FeaturesDict({"events": events, "label": label}),
            supervised_keys=("events", "label"),
            license=self.LICENSE,
            disable_shuffling=True,  # the order of the split is part of the split
        )

    # tensorflow-datasets says "Downloading" here; no builder of events downloads anything.
    def _log_download_bytes(self) -> None:
        settings = dataclasses.asdict(self.builder_config.settings).items()
        chosen = ", ".join(f"{name}={value!r}" for name, value in settings)
        print(f"Preparing {self.name} ({chosen}) in {self.data_dir}")

    def _log_download_done(self) -> None:
        print(f"Prepared {self.name}: further calls read it from there")
