"""What every layer must do, checked in one call: `check_layer(make_layer, input_shape)`."""

import copy
import json

import keras
import numpy as np
import tensorflow as tf


def check_layer(make, input_shape, tmp_path, *, half_tolerance=0.1):
    """Build, symbolic, eager, tf.function, config, files, SavedModel, fit, jit, mixed precision.

    Args:
        make: Function of keyword arguments (name, dtype) that gives a new layer.
        input_shape: With batch, for example (2, 3, 4, 5, 6).
        tmp_path: A folder for files.
        half_tolerance: Largest mean difference between half and single precision.
    """
    x = np.random.default_rng(3).normal(0.6, 1.0, input_shape).astype("float32")
    check_config(make)
    model = check_build_and_calls(make, x)
    check_files(model, x, tmp_path)
    check_training(make, x, jit_compile=False)
    check_training(make, x, jit_compile=True)
    check_precision(make, model, x, half_tolerance)


def single(make, x, **arguments):
    """A functional model of the layer alone."""
    inputs = keras.Input(x.shape[1:])
    return keras.Model(inputs, make(**arguments)(inputs))


def check_config(make):
    layer = make(name="subject")
    config = layer.get_config()
    json.dumps(keras.saving.serialize_keras_object(layer))
    assert type(layer).from_config(copy.deepcopy(config)).get_config() == config


def check_build_and_calls(make, x):
    layer = make()
    layer.build((None, *x.shape[1:]))
    paths = [v.path for v in layer.weights]
    layer(x)
    assert [v.path for v in layer.weights] == paths, "a weight was made outside build"
    model = single(make, x)
    eager = model(x)
    assert (None, *eager.shape[1:]) == model.output_shape
    assert keras.backend.standardize_dtype(eager.dtype) == model.outputs[0].dtype
    np.testing.assert_allclose(tf.function(model)(x), eager, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(model.predict(x, verbose=0), eager, rtol=1e-5, atol=1e-5)
    return model


def check_files(model, x, tmp_path):
    wanted = model.predict(x, verbose=0)
    model.save(tmp_path / "layer.keras")
    loaded = keras.models.load_model(tmp_path / "layer.keras")
    np.testing.assert_allclose(loaded.predict(x, verbose=0), wanted, rtol=1e-6, atol=1e-6)
    clone = keras.models.clone_model(model)
    clone.set_weights(model.get_weights())
    np.testing.assert_allclose(clone.predict(x, verbose=0), wanted, rtol=1e-6, atol=1e-6)
    model.export(tmp_path / "served", verbose=False)
    served = tf.saved_model.load(str(tmp_path / "served"))
    for batch in (x, np.concatenate([x, x])[:3]):
        np.testing.assert_allclose(
            served.serve(batch), model.predict(batch, verbose=0), rtol=1e-5, atol=1e-5
        )


def check_training(make, x, jit_compile):
    inputs = keras.Input(x.shape[1:])
    hidden = keras.layers.Dense(x.shape[-1], name="before")(inputs)
    hidden = keras.layers.Flatten()(make()(hidden))
    model = keras.Model(inputs, keras.layers.Dense(2)(hidden))
    before = np.copy(model.get_weights()[0])
    model.compile(keras.optimizers.SGD(0.1), "mse", jit_compile=jit_compile)
    y = np.random.default_rng(5).normal(size=(len(x), 2))
    history = model.fit(x, y, epochs=2, batch_size=len(x), shuffle=False, verbose=0)
    assert np.all(np.isfinite(history.history["loss"]))
    assert all(np.all(np.isfinite(v.numpy())) for v in model.weights)
    changed = not np.array_equal(model.get_weights()[0], before)
    assert changed, "no gradient reached what stands before the layer"


def check_precision(make, model, x, half_tolerance):
    wanted = model.predict(x, verbose=0)
    for policy in ("mixed_bfloat16", "mixed_float16"):
        half = single(make, x, dtype=policy)
        half.set_weights(model.get_weights())
        output = half(x)
        assert keras.backend.standardize_dtype(output.dtype) == policy.removeprefix("mixed_")
        assert all(v.dtype == "float32" for v in half.trainable_weights)
        difference = np.abs(np.asarray(keras.ops.cast(output, "float32")) - wanted)
        assert difference.mean() <= half_tolerance, policy
    double = single(make, x.astype("float64"), dtype="float64")
    assert keras.backend.standardize_dtype(double(x.astype("float64")).dtype) == "float64"
