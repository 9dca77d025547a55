"""Poisson coding of static inputs."""

from typing import Any

import keras
from keras import ops

from keras_snn.functional.precision import wide_dtype
from keras_snn.validation import count


@keras.saving.register_keras_serializable(package="keras_snn")
class PoissonCoding(keras.layers.Layer):
    """Poisson coding turns intensities into random spikes of that rate.

        P(y[b, t] = 1) = x[b],    t = 0 .. time_steps - 1

    Every spike is drawn independently, in training and in inference. An intensity of 0 or less
    never spikes, one of 1 or more spikes at every time step: scale pixels to 0 .. 1 first. The
    gradient is the one of the expected spikes, 1 from 0 to 1 and 0 outside.

    Args:
        time_steps: Number of time steps T, at least 1.
        seed: An integer, a `keras.random.SeedGenerator`, or None for a random seed.

    Input shape:
        (batch, ...); integers are cast.

    Output shape:
        (batch, time_steps, ...), 0 or 1.

    Raises:
        ValueError: if `time_steps` is no integer of at least 1.

    Example:
        >>> spikes = keras_snn.layers.PoissonCoding(time_steps=100, seed=0)(np.full((1, 3), 0.2))
        >>> spikes.shape
        (1, 100, 3)

    Source: Heeger, Poisson model of spike generation (2000). Differs from the source: time is in
    steps, so that the number of spikes is binomial.
    """

    causal = True

    def __init__(self, time_steps: int, seed: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.time_steps = count("time_steps", time_steps)
        given = isinstance(seed, keras.random.SeedGenerator)
        self.seed = seed if given or seed is None else count("seed", seed, at_least=0)
        self.seed_generator = seed if given else keras.random.SeedGenerator(seed)

    def call(self, inputs: Any) -> Any:
        x = ops.cast(inputs, self.compute_dtype)
        x = ops.repeat(ops.expand_dims(x, 1), self.time_steps, axis=1)  # (batch, time, ...)
        precise = wide_dtype(x.dtype)
        drawn = keras.random.uniform(ops.shape(x), dtype=precise, seed=self.seed_generator)
        spikes = ops.cast(drawn < ops.cast(x, precise), x.dtype)
        rate = ops.clip(x, 0.0, 1.0)
        return spikes + (rate - ops.stop_gradient(rate))  # adds 0, and the gradient of the rate

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (input_shape[0], self.time_steps, *input_shape[1:])

    def macs(self, input_shape: Any) -> int:
        return 0

    def get_config(self) -> dict[str, Any]:
        seed = keras.saving.serialize_keras_object(self.seed)
        return {**super().get_config(), "time_steps": self.time_steps, "seed": seed}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "PoissonCoding":
        return cls(**{**config, "seed": keras.saving.deserialize_keras_object(config["seed"])})
