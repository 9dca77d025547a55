"""Every recipe prepares, trains, evaluates and exports, from archives in the original layout.

The networks are miniatures of the recipe's own: few filters, one block per stage, attention in one
place, at most four time steps (spoken words keep their 100), frames of at most 36x48 pixels. The
rest is the recipe's: the kind of attention, optimizer, schedule, loss, augmentation and batch.
"""

import json
from dataclasses import replace

import keras
import numpy as np
import pytest
import sklearn.datasets
import tensorflow as tf
import train
from recipes import RECIPES

import keras_snn
from keras_snn.applications import ms_resnet, spiking_resnet
from keras_snn.applications.row import Row
from tests.datasets import small_archives
from tests.datasets.conftest import five_digits_of_each_class

LIMIT = 3
FILES = (
    *("model.keras", "served", "results.json", "report.html", "backup.npz"),
    *("best.weights.h5", "learning_curves.png", "firing_rates.png"),
)
SMALL = {
    "VGG8": {"filters": (8, 8, 8, 8, 8), "units": (8, 8), "attention_blocks": (2,)},
    "SpikingResNet19": {"filters": (16, 16, 16), "attention_blocks": ((2, 1),)},
    "spoken_words": {"units": (8, 8)},
}
RESIDUAL = {"filters": (8, 8, 8, 8), "attention_blocks": ((2, 1),)}
FEW = ("--time-steps", "4")
OPTIONS = {
    "event_digits": FEW,
    "n_mnist": FEW,
    "dvs128_gesture": (*FEW, "--set", "size=32,32"),
    "cifar10_dvs": (*FEW, "--set", "size=32,32"),
    "n_caltech101": (*FEW, "--set", "size=36,48"),
    "imagenet2012": FEW,
}
FETCHED = ("cifar10", "cifar100")  # by tensorflow-datasets
IMAGES = (*FETCHED, "imagenet2012")


@pytest.fixture(scope="module")
def archives(tmp_path_factory):
    """A function that writes the archives of a set, once, and returns the arguments for them."""
    data_dir = tmp_path_factory.mktemp("data")
    written = {"event_digits": {}}

    def write(name):
        if name not in written:
            folder = data_dir / "downloads" / "manual"
            folder = folder if name in FETCHED else folder / name
            written[name] = getattr(small_archives, name)(folder)
            if name in FETCHED:
                small_archives.accept(name, folder, patch)
        known = {} if name in IMAGES else written[name]
        digests = (word for pair in known.items() for word in ("--md5", "=".join(pair)))
        return ["--data-dir", str(data_dir), *digests]

    with pytest.MonkeyPatch.context() as patch:
        few = five_digits_of_each_class()
        patch.setattr(sklearn.datasets, "load_digits", lambda: few)
        for module in (ms_resnet, spiking_resnet):
            for name, row in vars(module).copy().items():
                if isinstance(row, Row):
                    patch.setattr(module, name, replace(row, depths=(1,) * len(row.depths)))
        yield write


@pytest.fixture
def command(archives, monkeypatch, tmp_path):
    """A function from a recipe to its command line; the network becomes a miniature."""

    def make(name):
        recipe = RECIPES[name]
        network = getattr(recipe.network, "__name__", recipe.network)
        arguments = {**recipe.arguments, **SMALL.get(network, RESIDUAL)}
        monkeypatch.setitem(RECIPES, name, replace(recipe, arguments=arguments))
        places = [*archives(recipe.dataset), "--output", str(tmp_path)]
        options = OPTIONS.get(recipe.dataset, ())
        return [name, *places, *options, "--epochs", "1", "--limit", str(LIMIT)]

    return make


@pytest.mark.slow
@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_runs_end_to_end(name, command, tmp_path):
    assert train.main(command(name)) == 0
    results = json.loads((tmp_path / "results.json").read_text())
    assert np.isfinite(results["history"]["loss"] + results["history"]["val_loss"]).all()
    assert set(results["accuracy"]) == {"train", "validation", "test"}
    assert all(0 <= rate <= 1 for rate in results["firing_rates"].values())
    for file in FILES:
        assert (tmp_path / file).stat().st_size > 100
    check_exports(name, tmp_path)


def check_exports(name, folder):
    """The model that was saved and the one that is served give the same logits."""
    info = keras_snn.datasets.info(RECIPES[name].dataset)
    model = keras.models.load_model(folder / "model.keras")
    rng = np.random.default_rng(0)
    inputs = rng.integers(3, size=(2, *model.input_shape[1:])).astype("float32")
    logits = model.predict(inputs, verbose=0)
    assert logits.shape == (2, info.classes)
    kinds = {type(layer).__name__.lower() for layer in model.layers}
    assert kinds & {"sma", "fsta"} == {RECIPES[name].attention} - {None}
    served = tf.saved_model.load(str(folder / "served"))
    np.testing.assert_allclose(served.serve(inputs), logits, atol=1e-5)
