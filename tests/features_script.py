"""Run in a process of another backend: `python -m tests.features_script FOLDER`.

Computes what the library offers beside layers, from the same weights on every backend, and writes
it to `BACKEND.npz`; the network goes to `BACKEND.keras` and `BACKEND.weights.h5`.
"""

import sys
from pathlib import Path

import keras
import numpy as np

import keras_snn
from keras_snn import analysis, applications, checkpoints, losses
from tests.applications.miniatures import MINIATURES, inputs, liven
from tests.checkpoints.pytorch_names import state_dict

NAME = "SMAVGG8"
BACKEND = keras.backend.backend()


def network(**changes) -> keras.Model:
    return getattr(applications, NAME)(**{**MINIATURES[NAME], **changes})


def predictions(model: keras.Model, x: np.ndarray) -> np.ndarray:
    return np.asarray(model.predict(x, verbose=0), "float64")


def features(folder: Path) -> dict[str, np.ndarray]:
    """Everything that must not depend on the backend."""
    model = liven(network(classifier_activation=None))
    x = inputs(model).astype("float32")
    logits = np.random.default_rng(2).normal(size=(2, 3, 5)).astype("float32")
    loss = losses.TemporalEfficientTraining("categorical_crossentropy", temporal_weight=0.3)
    twin = checkpoints.load_pytorch(network(classifier_activation=None), state_dict(model))
    found = {
        "outputs": predictions(model, x),
        "checkpoint": predictions(twin, x),
        "loss": keras.ops.convert_to_numpy(loss(np.eye(5, dtype="float32")[[1, 4]], logits)),
        "rates": np.array(list(analysis.firing_rates(model, x).values())),
    }
    model.save(folder / f"{BACKEND}.keras")
    model.save_weights(folder / f"{BACKEND}.weights.h5")
    return found


def from_files(folder: Path, backend: str) -> list[np.ndarray]:
    """Outputs of the network that another backend wrote, from both of its files."""
    stored = keras.models.load_model(folder / f"{backend}.keras")
    x = inputs(stored).astype("float32")
    filled = network(classifier_activation=None, weights=folder / f"{backend}.weights.h5")
    return [predictions(stored, x), predictions(filled, x)]


def refusals() -> list[str]:
    """The sentences of what needs TensorFlow's backend."""
    said = []
    for use in (
        lambda: keras_snn.training.TruncatedBPTT,
        lambda: keras_snn.distribution.distribute("mirrored"),
    ):
        try:
            use()
        except (ImportError, ValueError) as error:
            said.append(str(error))
    return said


def main(place: str) -> None:
    folder = Path(place)
    found = features(folder)
    found |= {f"file{i}": y for i, y in enumerate(from_files(folder, "tensorflow"))}
    np.savez(folder / f"{BACKEND}.npz", refusals=np.array(refusals()), **found)


if __name__ == "__main__":
    main(sys.argv[1])
