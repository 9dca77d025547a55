"""Turns a finished run of `train.py` into weights that a builder takes by name.

    python applications/publish.py event_digits runs/event_digits --network SMAVGG8

The weights are rounded to float16 and compressed, so that the file has a third of the size. You see
the accuracy that the rounded weights have on the test split; the file and the row of the table
`list_weights()` are in `keras_snn/applications/`.
"""

import argparse
import hashlib
import json
import tempfile
from pathlib import Path

import h5py
import keras
import numpy as np
from options import parse
from recipes import RECIPES
from samples import load

import keras_snn
from keras_snn.applications import pretrained


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("recipe", choices=RECIPES)
    parser.add_argument("run", type=Path, help="the folder that train.py left")
    parser.add_argument("--network", required=True, help="the builder of the trained network")
    parser.add_argument("--licence", default="Apache-2.0")
    options = parser.parse_args(arguments)
    recipe, name = RECIPES[options.recipe], options.recipe
    model = keras.models.load_model(options.run / "model.keras", compile=False)
    round_weights(model)
    target = pretrained.TABLE.parent / f"{name}.weights.h5"
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / target.name
        model.save_weights(plain)
        compress(plain, target)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(loss=loss, metrics=["accuracy"])
    accuracy = model.evaluate(load(recipe, parse([name], ""), "test"), verbose=0)[1]
    info = keras_snn.datasets.info(recipe.dataset)
    row = {
        "network": options.network,
        "address": target.name,
        "sha256": hashlib.sha256(target.read_bytes()).hexdigest(),
        "data_set": recipe.dataset,
        "class_names": list(info.class_names),
        "time_steps": model.input_shape[1],
        "accuracy": round(accuracy, 4),
        "command": f"python applications/train.py {name}",
        "licence": options.licence,
        "arguments": {
            "input_shape": model.input_shape[1:],
            "classes": info.classes,
            **recipe.arguments,
        },
    }
    table = json.loads(pretrained.TABLE.read_text(encoding="utf-8"))
    text = json.dumps({**table, name: row}) + "\n"
    pretrained.TABLE.write_text(text, encoding="utf-8")
    print(f"{target}: {target.stat().st_size / 1e6:.1f} MB, test accuracy {accuracy:.2%}")


def round_weights(model: keras.Model) -> None:
    """Gives every weight the nearest value that float16 has."""
    for weight in model.weights:
        weight.assign(keras.ops.convert_to_numpy(weight).astype("float16").astype("float32"))


def compress(source: Path, target: Path) -> None:
    """Copies an HDF5 file with compressed arrays."""
    with h5py.File(source) as old, h5py.File(target, "w") as new:

        def copy(name: str, item: h5py.Group | h5py.Dataset) -> None:
            if isinstance(item, h5py.Group):
                place = new.require_group(name)
            else:
                packed = {"compression": "gzip", "shuffle": True} if np.size(item) > 1 else {}
                place = new.create_dataset(name, data=item[()], **packed)
            place.attrs.update(item.attrs)

        new.attrs.update(old.attrs)
        old.visititems(copy)


if __name__ == "__main__":
    main()
