"""Networks of ReLUs become spiking networks with, in the mean over time, the same outputs."""

import keras
import numpy as np
import pytest

from keras_snn import conversion, layers, visualization
from keras_snn.conversion.thresholds import measure_scales
from tests.golden import close


def network(pool=None):
    """A trained-like network with every kind of layer."""
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(6, 3, padding="same", use_bias=False, name="conv1")(inputs)
    x = keras.layers.BatchNormalization(name="bn1")(x)
    x = keras.layers.ReLU(name="relu1")(x)
    y = keras.layers.Conv2D(6, 3, padding="same", activation="relu", name="conv2")(x)
    x = keras.layers.Add(name="add")([x, y])
    x = (pool or keras.layers.AveragePooling2D(2, name="pool"))(x)
    x = keras.layers.DepthwiseConv2D(3, name="depthwise")(x)
    x = keras.layers.BatchNormalization(name="bn2")(x)
    x = keras.layers.Activation("relu", name="relu2")(x)
    x = keras.layers.Dropout(0.3, name="dropout")(keras.layers.Flatten(name="flatten")(x))
    x = keras.layers.Dense(12, activation="relu", name="dense1")(x)
    model = keras.Model(inputs, keras.layers.Dense(5, name="scores")(x))
    rng = np.random.default_rng(5)
    for weight in model.weights:
        if "variance" in weight.path:
            weight.assign(rng.uniform(0.02, 0.1, weight.shape))
        elif "gamma" in weight.path:
            weight.assign(rng.uniform(0.5, 1.5, weight.shape))
        elif "mean" in weight.path or "beta" in weight.path:
            weight.assign(rng.uniform(-0.2, 0.2, weight.shape))
    return model


@pytest.fixture
def images(rng):
    return (rng.random((40, 8, 8, 3)) * 2 * rng.random((40, 1, 1, 1))).astype("float32")


@pytest.mark.parametrize(
    "pool",
    [None, keras.layers.MaxPooling2D(2, name="pool")],
    ids=["average pooling", "max pooling"],
)
def test_outputs_approach_those_of_the_network_with_the_time_steps(pool, images):
    model = network(pool)
    wanted, errors = model.predict(images, verbose=0), []
    for time_steps in (4, 32, 256):
        spiking = conversion.from_ann(model, images, time_steps, method="max")
        errors.append(np.abs(spiking.predict(images, verbose=0) - wanted).max())
    assert errors[0] > errors[1] > errors[2]
    spread = np.ptp(wanted, axis=0).max()
    assert spread > 0.2, "the outputs do not vary"
    assert errors[2] < 0.1 * spread


def test_spikes_alone_pass_between_layers(images):
    spiking = conversion.from_ann(network(), images, 6)
    neurons = [layer for layer in spiking.layers if isinstance(layer, conversion.RateIF)]
    assert len(neurons) == 4
    for layer in neurons:
        outputs = keras.Model(spiking.inputs, layer.output).predict(images, verbose=0)
        spikes = outputs / np.array(layer.scale)
        assert set(np.unique(np.round(spikes, 6))) <= {0.0, 1.0}
        assert 0.01 < spikes.mean() < 0.99


def test_what_precedes_the_first_spikes_is_computed_once(images):
    spiking = conversion.from_ann(network(), images, 6)
    assert spiking.get_layer("conv1").output.shape == (None, 8, 8, 6)
    assert spiking.get_layer("conv2").output.shape == (None, 6, 8, 8, 6)


def test_one_neuron_rounds_its_current_to_levels():
    z = np.array([-0.3, 0.1, 0.26, 0.5, 1.7])
    layer = conversion.RateIF(scale=[1.0])
    currents = np.repeat(z[:, None, None], 4, axis=1)
    rates = np.asarray(layer(currents)).mean(axis=(1, 2))
    close(rates, np.clip(np.floor(4 * z + 0.5), 0, 4) / 4)


def test_max_pooling_gives_the_largest_rate(rng):
    x = rng.integers(0, 2, (2, 7, 4, 4, 3)).astype("float32")
    pool = conversion.RateMaxPooling(keras.layers.MaxPooling2D(2))
    found = np.asarray(pool(x)).sum(axis=1)
    np.testing.assert_allclose(found, np.asarray(keras.layers.MaxPooling2D(2)(x.sum(axis=1))))


def test_scales_are_maxima_or_percentiles_of_every_channel(images):
    model = network()
    watched = keras.Model(model.inputs, model.get_layer("relu1").output)
    values = watched.predict(images, verbose=0).reshape(-1, 6)
    largest = measure_scales(model, images, "max")["relu1"]
    active = values.max(axis=0) > 0
    np.testing.assert_allclose(largest[active], values.max(axis=0)[active], rtol=1e-6)
    assert np.all(largest[~active] == 1.0)
    found = measure_scales(model, images, "percentile", 95.0)["relu1"]
    wanted = np.percentile(values, 95.0, axis=0)
    np.testing.assert_allclose(found[active], wanted[active], atol=largest.max() / 1000)


def test_clip_floor_shift_is_what_the_neurons_emit(rng):
    z = rng.normal(0.4, 0.5, (5, 3)).astype("float32")
    activation = conversion.ClipFloorShift(levels=8, bound=1.3)
    neurons = conversion.RateIF(scale=[1.3] * 3)
    spikes = neurons(np.repeat(z[:, None], 8, axis=1))
    np.testing.assert_allclose(activation(z), np.asarray(spikes).mean(axis=1), atol=1e-6)


def test_clip_floor_shift_lets_the_gradient_of_a_clipped_relu_through():
    import tensorflow as tf

    x = tf.constant([[-0.5], [0.3], [0.9], [2.0]])
    activation = conversion.ClipFloorShift(levels=4, bound=1.0)
    activation(x)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = activation(x)
    np.testing.assert_allclose(tape.gradient(y, x), [[0.0], [1.0], [1.0], [0.0]])
    assert np.all(tape.gradient(y, activation.bound) != 0.0)


def test_quantized_network_of_one_hidden_layer_converts_without_loss(images):
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(6, 3, activation="relu", name="conv")(inputs)
    x = keras.layers.Dense(3, name="scores")(keras.layers.Flatten(name="flatten")(x))
    model = keras.Model(inputs, x)
    quantized = conversion.quantize_activations(model, images, levels=8)
    np.testing.assert_array_equal(quantized.get_layer("conv").kernel, model.layers[1].kernel)
    wanted = quantized.predict(images, verbose=0)
    assert np.abs(wanted - model.predict(images, verbose=0)).max() > 1e-3
    found = conversion.from_ann(quantized, images, time_steps=8).predict(images, verbose=0)
    np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_accuracy_over_time_has_a_row_for_every_step(images):
    model = network()
    labels = model.predict(images, verbose=0).argmax(-1)
    spiking = conversion.from_ann(model, images, 12, return_sequences=True)
    accuracies = conversion.accuracy_over_time(spiking, images, labels)
    assert list(accuracies) == list(range(1, 13))
    single = conversion.from_ann(model, images, 12)
    predicted = single.predict(images, verbose=0).argmax(-1)
    assert accuracies[12] == pytest.approx((predicted == labels).mean())
    assert str(accuracies).splitlines()[0] == "time steps  accuracy"
    figure = visualization.accuracy_over_time(accuracies, 1.0)
    line = figure.axes[0].lines[0]
    np.testing.assert_allclose(line.get_ydata(), [100 * a for a in accuracies.values()])


def test_converted_network_is_saved_and_exported(images, tmp_path):
    spiking = conversion.from_ann(network(keras.layers.MaxPooling2D(2)), images, 5)
    wanted = spiking.predict(images, verbose=0)
    spiking.save(tmp_path / "spiking.keras")
    loaded = keras.models.load_model(tmp_path / "spiking.keras")
    np.testing.assert_allclose(loaded.predict(images, verbose=0), wanted, atol=1e-6)
    spiking.export(tmp_path / "served", verbose=False)


def test_sequential_networks_and_concatenations_are_converted(images):
    model = keras.Sequential(
        [keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(4, activation="relu")]
    )
    model.add(keras.layers.Dense(2))
    assert conversion.from_ann(model, images, 3).output_shape == (None, 2)
    inputs = keras.Input((8, 8, 3))
    parts = [keras.layers.Conv2D(2, 1, activation="relu")(inputs) for _ in range(2)]
    x = keras.layers.Concatenate(axis=3)(parts)
    x = keras.layers.GlobalAveragePooling2D()(x)
    model = keras.Model(inputs, keras.layers.Dense(2)(x))
    assert conversion.from_ann(model, images, 3).output_shape == (None, 2)


@pytest.mark.parametrize(
    ("layer", "named"),
    [
        (keras.layers.Dense(4, activation="tanh", name="odd"), "layer='odd'.*activation='tanh'"),
        (keras.layers.LayerNormalization(name="odd"), "layer='odd', type='LayerNormalization'"),
        (keras.layers.LeakyReLU(name="odd"), "layer='odd', type='LeakyReLU'"),
        (layers.DirectCoding(3, name="odd"), "layer='odd', type='DirectCoding'"),
    ],
    ids=["tanh", "normalization", "leaky", "spiking"],
)
def test_what_cannot_be_converted_is_named(layer, named):
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(6, activation="relu"), layer])
    model.add(keras.layers.Flatten())
    model.add(keras.layers.Dense(2))
    with pytest.raises(ValueError, match=named):
        conversion.from_ann(model, np.ones((2, 6), "float32"))


@pytest.mark.slow
def test_network_trained_on_event_images_loses_at_most_a_point():
    import tensorflow as tf

    import keras_snn

    def images_of(split):
        data = keras_snn.datasets.load("event_digits", split, batch_size=512)
        frames, labels = zip(*((x.numpy().sum(axis=1), y.numpy()) for x, y in data), strict=True)
        return np.minimum(np.concatenate(frames) / 8.0, 1.0), np.concatenate(labels)

    tf.random.set_seed(0)
    (x, y), (x_test, y_test) = images_of("train"), images_of("test")
    model = keras.Sequential([keras.Input((34, 34, 2))])
    for filters in (16, 32):
        model.add(keras.layers.Conv2D(filters, 3, strides=2, use_bias=False))
        model.add(keras.layers.BatchNormalization())
        model.add(keras.layers.ReLU())
    model.add(keras.layers.Flatten())
    model.add(keras.layers.Dense(64, activation="relu"))
    model.add(keras.layers.Dense(10, activation="softmax"))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=12, batch_size=32, verbose=0)
    accuracy = model.evaluate(x_test, y_test, verbose=0)[1]
    spiking = conversion.from_ann(model, x[:300], 32, return_sequences=True)
    found = conversion.accuracy_over_time(spiking, x_test, y_test)
    print(
        f"ReLU {accuracy:.4f}, spiking at 8 {found[8]:.4f}, 16 {found[16]:.4f}, 32 {found[32]:.4f}"
    )
    assert accuracy > 0.9
    assert found[32] >= accuracy - 0.01
