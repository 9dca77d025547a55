"""Writes the report: one pass over the data, then tables and pictures in one page."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_snn import analysis, visualization
from keras_snn.analysis.energy import EnergyObserver, energy_table
from keras_snn.analysis.firing import FiringRates, Rates
from keras_snn.analysis.recording import observe
from keras_snn.reporting import html
from keras_snn.reporting.outcomes import Outcomes
from keras_snn.validation import require

MAX_STEPS = 8
"""Largest number of time steps in a picture of heat maps."""


def write_report(
    model: keras.Model,
    data: Any,
    path: str | os.PathLike = "report.html",
    *,
    class_names: Sequence[str] | None = None,
    title: str | None = None,
) -> Path:
    """Writes a report of a network on data, as one HTML file that needs no other file.

    The page shows the accuracy, samples with their predictions, the confusion matrix, the firing
    rates with silent and saturated neurons, heat maps of firing, and the energy. It leaves out what
    the data or the model do not have, such as labels.

    Args:
        model: A Keras model with spiking layers.
        data: As `analysis.firing_rates` takes it, with labels (integers or one-hot) or without.
        path: The file to write; it is replaced if it exists.
        class_names: Names of the classes by label. Default: the labels.
        title: The heading. Default: the name of the model.

    Returns:
        The path.

    Raises:
        ValueError: If no layer of the model spikes, if `data` is empty, or if the folder of `path`
            does not exist.
        ImportError: If matplotlib is not installed.

    Example:
        >>> model = keras_snn.applications.VGG8(input_shape=(4, 32, 32, 2))
        >>> data = (np.ones((2, 4, 32, 32, 2)), np.array([0, 1]))
        >>> path = keras_snn.reporting.write_report(model, data, "report.html")
    """
    path = Path(path)
    require(path.parent.is_dir(), "path", "be in an existing folder", path=str(path))
    rates, energy, outcomes = Rates(), EnergyObserver(), Outcomes()
    samples = observe(model, data, rates, energy, outcomes)
    sections = [
        *_outcome_sections(outcomes, class_names),
        _firing_section(rates.result()),
        *_heat_map_sections(model, outcomes),
        _energy_section(energy_table(energy, samples)),
    ]
    introduction = f"{model.name} on {samples:,} samples, in inference, written by keras_snn."
    facts = _facts(model, samples, outcomes, rates.result())
    page = html.page(title or model.name, introduction, facts, sections)
    path.write_text(page, encoding="utf-8")
    return path


def _facts(model: Any, samples: int, outcomes: Outcomes, rates: FiringRates) -> dict[str, str]:
    accuracy = outcomes.accuracy
    return {
        **({} if accuracy is None else {"accuracy": f"{accuracy:.2%}"}),
        "samples": f"{samples:,}",
        "parameters": f"{model.count_params():,}",
        "spiking layers": str(len(rates)),
        "mean firing rate": f"{np.mean(list(rates.values())):.2%}",
    }


def _outcome_sections(outcomes: Outcomes, names: Sequence[str] | None) -> Iterator[str]:
    labels, predictions = outcomes.labels or None, outcomes.predictions or None
    if outcomes.is_drawable():
        figure = visualization.gallery(outcomes.samples, labels, predictions, names, columns=4)
        text = "Event frames are summed over time. A cross marks a wrong prediction."
        alt = "The first samples of the data, each with its class and the predicted class."
        yield html.section("Samples", text, html.picture(figure, "The first samples.", alt))
    if outcomes.accuracy is not None:
        figure = visualization.confusion_matrix(labels, predictions, names)
        text = f"{outcomes.accuracy:.2%} of {len(outcomes.labels):,} samples are classified right."
        caption = "Numbers are samples; colors are shares of the true class."
        alt = "Confusion matrix: the true class against the predicted class."
        yield html.section("Confusion matrix", text, html.picture(figure, caption, alt))


def _firing_section(rates: FiringRates) -> str:
    text = (
        "The rate is the number of spikes per neuron and time step. A silent neuron never fires "
        "on these data, a saturated one fires at every time step: neither carries information."
    )
    figure = visualization.rate_bars(rates)
    alt = "Bars of the mean firing rate of every spiking layer; the table has the numbers."
    picture = html.picture(figure, "Mean firing rates.", alt)
    return html.section("Firing rates", text, picture, html.table(rates, "Firing rates per layer"))


def _heat_map_sections(model: Any, outcomes: Outcomes) -> Iterator[str]:
    """Shows the first sample above the firing of the first and of the last layer with maps."""
    frames = outcomes.samples
    if frames is None or frames.ndim != 5 or frames.shape[-1] != 2:
        return
    spikes = analysis.record_spikes(model, frames[:1])
    steps = frames.shape[1]
    paths = [p for p, s in spikes.items() if len(s.shape) == 5 and s.shape[1] == steps]
    shown = np.unique(np.linspace(0, steps - 1, min(steps, MAX_STEPS)).round().astype(int))
    pictures = []
    for path in dict.fromkeys(paths[:1] + paths[-1:]):
        maps = analysis.heat_maps(spikes[path])[0]
        figure = visualization.frames_and_heat_maps(frames[0, shown], maps[shown], path)
        caption = f"{path}, time steps {', '.join(map(str, shown))}."
        alt = f"Event frames of the first sample, and below them where {path} fires."
        pictures.append(html.picture(figure, caption, alt))
    if pictures:
        text = "Spikes of the first sample, summed over channels and scaled within each time step."
        yield html.section("Where neurons fire", text, *pictures)


def _energy_section(energy: analysis.Energy) -> str:
    text = (
        "An estimate from the operations of each layer: multiply-accumulates (MACs) where its "
        "input is real-valued, accumulates (ACs) where its input is spikes. Memory is not counted."
    )
    return html.section("Energy", text, html.table(energy, "Operations and energy per sample"))
