"""The report: what stands in it, and how a browser shows it."""

import html.parser
import re
import shutil

import keras
import numpy as np
import pytest

from keras_snn import analysis, layers, reporting
from keras_snn.cli import main
from tests.applications.miniatures import liven, miniature

NAMES = ["arm", "leg", "<b>&", "hand", "foot"]


class Reader(html.parser.HTMLParser):
    """Collects the tags with their attributes, and the text."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def subject():
    """A network and labeled frames; the last prediction is right, so that accuracy is not 0."""
    model = liven(miniature("SMAVGG8", input_shape=(4, 34, 34, 2)))
    rng = np.random.default_rng(1)
    x = rng.poisson(0.4, (9, 4, 34, 34, 2)).astype("float32")
    labels = np.arange(9) % 5
    labels[8] = model.predict(x, verbose=0)[8].argmax()
    return model, x, labels


def _batches(x, labels):
    return [(x[:4], labels[:4]), (x[4:], labels[4:])]


@pytest.fixture(scope="module")
def path(subject, tmp_path_factory):
    model, x, labels = subject
    target = tmp_path_factory.mktemp("report") / "report.html"
    title = 'Digits & "events" <1>'
    return reporting.write_report(
        model, _batches(x, labels), target, class_names=NAMES, title=title
    )


def test_the_report_is_one_small_file_that_loads_nothing(path):
    page = path.read_text(encoding="utf-8")
    assert path.stat().st_size < 3_000_000
    assert not re.findall(r"""(?:src|href)=["'](?!data:)""", page)
    assert "url(" not in page
    assert "prefers-color-scheme" in page
    assert "<1>" not in page


def test_the_report_has_headings_tables_and_described_pictures(path):
    reader = Reader(path.read_text(encoding="utf-8"))
    for heading in ("Samples", "Confusion matrix", "Firing rates", "Where neurons fire", "Energy"):
        assert heading in reader.text
    assert len(reader.all("h1")) == 1
    assert len(reader.all("caption")) == len(reader.all("table")) == 2
    pictures = reader.all("img")
    assert len(pictures) == len(reader.all("figcaption")) == 5
    assert all(len(picture["alt"]) > 20 for picture in pictures)


def test_the_numbers_are_those_of_the_analysis(path, subject):
    model, x, labels = subject
    text = Reader(path.read_text(encoding="utf-8")).text
    predicted = model.predict(x, verbose=0).argmax(1)
    assert f"{(predicted == labels).mean():.2%}" in text
    batches = _batches(x, labels)  # others round otherwise, which may flip a spike
    for table in (analysis.firing_rates(model, batches), analysis.energy(model, batches)):
        for row in table.cells():
            assert all(cell in text for cell in row)
        assert all(note in text for note in table.notes)


def test_what_the_data_do_not_have_is_left_out(tmp_path, rng):
    stack = [keras.Input((5, 7)), layers.LIF(name="lif"), keras.layers.GlobalAveragePooling1D()]
    model = keras.Sequential([*stack, keras.layers.Dense(3)])
    path = reporting.write_report(model, rng.normal(1, 2, (4, 5, 7)), tmp_path / "report.html")
    reader = Reader(path.read_text(encoding="utf-8"))
    assert "accuracy" not in reader.text
    assert "Confusion matrix" not in reader.text
    assert len(reader.all("img")) == 1
    with pytest.raises(ValueError, match="`path` must be in an existing folder"):
        reporting.write_report(model, np.ones((1, 5, 7)), tmp_path / "no" / "report.html")


def test_the_command_writes_the_report_of_a_prepared_data_set(tmp_path, capsys, monkeypatch):
    tf = pytest.importorskip("tensorflow")
    datasets = pytest.importorskip("keras_snn.datasets")
    frames = np.random.default_rng(2).poisson(0.3, (6, 3, 34, 34, 2)).astype("float32")
    asked = {}

    def load(name, split, **options):
        asked.update(options, name=name, split=split)
        data = tf.data.Dataset.from_tensor_slices((frames, np.arange(6)))
        return data.batch(options["batch_size"])

    monkeypatch.setattr(datasets, "load", load)
    model = liven(miniature("VGG8", input_shape=(3, 34, 34, 2), classes=10))
    model.save(tmp_path / "model.keras")
    target = tmp_path / "report.html"
    arguments = ["report", str(tmp_path / "model.keras"), "--data", "event_digits"]
    assert main([*arguments, "--split", "test[:6]", "--output", str(target)]) == 0
    assert capsys.readouterr().out.strip() == str(target)
    assert (asked["name"], asked["split"], asked["time_steps"]) == ("event_digits", "test[:6]", 3)
    assert "event_digits, test[:6]" in target.read_text(encoding="utf-8")
    frames = frames[:, :, 1:]
    assert main([*arguments, "--output", str(target)]) == 2
    assert "`MODEL` must take inputs of the shape (3, 33, 34, 2)" in capsys.readouterr().err


@pytest.fixture
def folder(tmp_path):
    """Recordings of two classes, "left" and "right"."""
    pytest.importorskip("keras_snn.datasets")
    from tests.datasets import writers

    for number, name in enumerate(("right", "left", "left")):
        (tmp_path / "recordings" / name).mkdir(parents=True, exist_ok=True)
        data = writers.dat(writers.random_events(seed=number))
        (tmp_path / "recordings" / name / f"{number}.dat").write_bytes(data)
    return tmp_path / "recordings"


def test_the_command_writes_the_report_of_a_folder_of_recordings(folder, tmp_path, capsys):
    model = liven(miniature("VGG8", input_shape=(3, 32, 32, 2), classes=2))
    model.save(tmp_path / "model.keras")
    target = tmp_path / "report.html"
    arguments = ["report", str(tmp_path / "model.keras"), "--output", str(target)]
    assert main([*arguments, "--data", str(folder)]) == 0
    text = Reader(target.read_text(encoding="utf-8")).text
    assert f"{model.name} on recordings" in text
    assert "of 3 samples are classified right" in text
    assert main([*arguments, "--data", str(folder / "left")]) == 0
    text = Reader(target.read_text(encoding="utf-8")).text
    assert "on 2 samples" in text
    assert "accuracy" not in text, "no folders of classes, no labels"
    (folder / "up").mkdir()
    (folder / "left" / "2.dat").rename(folder / "up" / "2.dat")
    assert main([*arguments, "--data", str(folder)]) == 2
    assert "`MODEL` must have an output for each of the 3 classes" in capsys.readouterr().err
    assert main([*arguments, "--data", str(tmp_path / "nowhere")]) == 2
    assert "`--data` must be" in capsys.readouterr().err


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip("This test needs Chromium.")
    playwright = pytest.importorskip("playwright.sync_api", reason="This test needs playwright.")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1200])
def test_browsers_show_the_report_without_faults(path, browser, width, scheme, tmp_path):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    viewport = {"width": width, "height": 900}
    page = browser.new_page(viewport=viewport, color_scheme=scheme)
    said, loaded = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: loaded.append(request.url))
    page.goto(path.as_uri())
    assert said == []
    assert [url for url in loaded if not url.startswith(("data:", path.as_uri()))] == []
    sizes = page.evaluate("[...document.images].map(i => i.complete && i.naturalWidth)")
    assert len(sizes) == 5
    assert all(sizes)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.screenshot(path=tmp_path / f"{width}-{scheme}.png", full_page=True)
    violations = axe.Axe().run(page).response["violations"]
    assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in violations] == []
    page.close()
