"""What is kept and shown of a trained network."""

import keras
import networks
import numpy as np
import pytest
from options import parse
from recipes import RECIPES
from report import shown_layer
from train import serve

import keras_snn


def test_the_mean_of_the_logits_is_saved_with_the_optimizer_and_loads(tmp_path):
    recipe = RECIPES["sma_n_caltech101"]
    inputs = keras.Input((4, 3))
    model = keras.Model(inputs, keras.layers.Dense(2)(inputs))
    networks.compile_model(model, recipe, parse(["sma_n_caltech101"], None), steps=1)
    x, y = np.random.default_rng(0).normal(size=(6, 4, 3)), np.array([0, 1] * 3)
    model.fit(x, y, verbose=0)
    final = serve(model)
    loss, accuracy = final.evaluate(x, y, verbose=0)
    final.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(
        loaded.predict(x, verbose=0), model.predict(x, verbose=0).mean(1), atol=1e-6
    )
    assert loaded.evaluate(x, y, verbose=0) == pytest.approx([loss, accuracy])
    assert type(loaded.optimizer) is keras.optimizers.Nadam
    assert loaded.optimizer.iterations == 1


def test_the_map_behind_the_first_attention_is_shown():
    options = {"input_shape": (4, 32, 32, 2), "classes": 2, "filters": (8, 8, 8, 8)}
    model = keras_snn.applications.SpikingResNet20(
        **options, attention="fsta", attention_blocks=((2, 1),)
    )
    assert shown_layer(model) == "stage2_block1_lif1"
