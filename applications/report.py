"""What a training run leaves behind: files, plots, and the lines at its end."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from keras_snn import analysis, reporting, visualization
from keras_snn.layers import FSTA, SMA


class Report:
    """The files of one run under `folder`, which is made.

    Args:
        folder: Where the files go.
        class_names: Names of the classes, in the order of the labels.
    """

    def __init__(self, folder: Path, class_names: Sequence[str]):
        self.folder, self.class_names = folder, class_names
        folder.mkdir(parents=True, exist_ok=True)

    def write(
        self, model: keras.Model, data: dict[str, tf.data.Dataset], history: dict[str, Any]
    ) -> None:
        """Evaluates the model, saves everything and prints the summary."""
        accuracy = {split: model.evaluate(data[split], verbose=0)[1] for split in data}
        results = {
            "accuracy": accuracy,
            "firing_rates": dict(analysis.firing_rates(model, data["test"])),
            "parameters": model.count_params(),
            "history": history,
        }
        (self.folder / "results.json").write_text(json.dumps(results, indent=1))
        self.save(model)
        self.plot(model, data["test"], results)
        path = self.folder / "report.html"
        reporting.write_report(model, data["test"], path, class_names=self.class_names)
        self.print(results)

    def save(self, model: keras.Model) -> None:
        """`model.keras` and, on TensorFlow, the SavedModel, which is loaded and run once."""
        model.save(self.folder / "model.keras")
        if keras.backend.backend() != "tensorflow":
            print("No SavedModel was written, which needs the TensorFlow backend.")
            return
        served = self.folder / "served"
        model.export(served, verbose=False)
        loaded = tf.saved_model.load(str(served))
        loaded.serve(tf.zeros((1, *model.input_shape[1:])))

    def plot(self, model: keras.Model, test: tf.data.Dataset, results: dict[str, Any]) -> None:
        """Learning curves, firing rates, and of frames one sample beside the spikes of a block."""
        curves = {name: v for name, v in results["history"].items() if name != "seconds"}
        visualization.learning_curves(curves).savefig(self.folder / "learning_curves.png")
        rates = visualization.rate_bars(results["firing_rates"])
        rates.savefig(self.folder / "firing_rates.png")
        if len(model.input_shape) != 5:
            return
        frames = next(iter(test))[0][:1]
        layer = shown_layer(model)
        maps = analysis.heat_maps(analysis.record_spikes(model, frames)[layer])
        figure = visualization.frames_and_heat_maps(frames[0], maps[0], f"firing of {layer}")
        figure.savefig(self.folder / "heat_maps.png", dpi=120)

    def print(self, results: dict[str, Any]) -> None:
        print("\nfiring rates")
        width = max(map(len, results["firing_rates"]))
        for layer, rate in results["firing_rates"].items():
            print(f"  {layer:<{width}}  {100 * rate:6.2f} %")
        print(f"parameters: {results['parameters']:,}")
        print(f"training time: {sum(results['history']['seconds']):.0f} s")
        print(f"written to: {self.folder}/")
        print(f"test accuracy: {100 * results['accuracy']['test']:.2f} %")


def shown_layer(model: keras.Model) -> str:
    """The neurons behind the first attention block, or the second ones that have a map."""
    layers = analysis.spiking_layers(model)
    maps = [name for name, layer in layers.items() if "/" not in name and layer.output.ndim == 5]
    names = [layer.name for layer in model.layers]
    attended = [layer.name for layer in model.layers if isinstance(layer, (SMA, FSTA))]
    first = names.index(attended[0]) if attended else names.index(maps[0]) + 1
    return next((name for name in maps if names.index(name) > first), maps[-1])
