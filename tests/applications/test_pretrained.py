"""Weights by name: the table, the files of the wheel, downloads from a server on loopback."""

import functools
import hashlib
import http.server
import json
import threading

import keras
import numpy as np
import pytest

from keras_snn import applications, datasets
from keras_snn.applications import pretrained, vgg
from keras_snn.checkpoints.loading import named_weights
from tests.applications.miniatures import MINIATURES, liven, miniature


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A model and its file of weights."""
    folder = tmp_path_factory.mktemp("weights")
    model = liven(miniature("VGG8"))
    model.save_weights(folder / "mini.weights.h5")
    return model, folder / "mini.weights.h5"


@pytest.fixture
def table(written, tmp_path, monkeypatch):
    """Writes a table of one row, `mini`, beside the file of weights; returns the function."""
    path = tmp_path / "pretrained.json"
    (tmp_path / "mini.weights.h5").write_bytes(written[1].read_bytes())
    monkeypatch.setattr(pretrained, "TABLE", path)
    (tmp_path / "cache").mkdir()
    fetch = functools.partial(keras.utils.get_file, cache_dir=tmp_path / "cache")
    monkeypatch.setattr(keras.utils, "get_file", fetch)

    def write(**changes):
        row = {
            "network": "VGG8",
            "address": "mini.weights.h5",
            "sha256": hashlib.sha256(written[1].read_bytes()).hexdigest(),
            "data_set": "mini",
            "class_names": ["a", "b", "c", "d", "e"],
            "time_steps": 4,
            "accuracy": 0.5,
            "command": "none",
            "licence": "Apache-2.0",
            "arguments": MINIATURES["VGG8"],
        }
        path.write_text(json.dumps({"mini": {**row, **changes}}))
        return path

    write()
    return write


def equal(model, wanted):
    theirs = named_weights(wanted)
    for path, variable in named_weights(model).items():
        np.testing.assert_array_equal(variable, theirs[path], err_msg=path)


def test_the_shipped_table_is_whole():
    for name, row in applications.list_weights().items():
        assert getattr(applications, row.network), name
        assert len(row.sha256) == 64
        assert 0 < row.accuracy <= 1
        path = pretrained.file_of(name, row.network) if "://" not in row.address else None
        assert path is None or path.is_file()


@pytest.mark.slow
@pytest.mark.parametrize("name", applications.list_weights())
def test_shipped_weights_have_the_accuracy_of_the_table(name, tmp_path):
    row = applications.list_weights()[name]
    model = getattr(applications, row.network)(weights=name)
    model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    test = datasets.load(row.data_set, "test", batch_size=16, data_dir=tmp_path)
    samples = datasets.info(row.data_set).splits["test"]
    accuracy = model.evaluate(test, verbose=0)[1]
    assert abs(accuracy - row.accuracy) < 1.5 / samples  # rounding may flip one sample


def test_a_name_is_a_network_with_its_weights(table, written):
    assert list(applications.list_weights()) == ["mini"]
    assert applications.list_weights()["mini"].class_names == ("a", "b", "c", "d", "e")
    model = applications.VGG8(weights="mini")
    assert model.input_shape == (None, *MINIATURES["VGG8"]["input_shape"])
    equal(model, written[0])
    other = applications.VGG8(weights="mini", classes=3)
    assert other.output_shape == (None, 3)
    assert applications.VGG8(weights="mini", include_top=False).output_shape[-1] == 8


def test_names_of_classes_come_from_the_table(table):
    preds = np.array([[0.1, 0.5, 0.2, 0.1, 0.1]])
    assert vgg.decode_predictions(preds, 1, "mini") == [[(1, "b", 0.5)]]
    with pytest.raises(ValueError, match=r"`class_names` must be one of 'mini'.*'mnist'"):
        vgg.decode_predictions(preds, 1, "mnist")


def refused(match, **arguments):
    with pytest.raises(ValueError, match=match) as error:
        applications.VGG8(**{"weights": "mini", **arguments})
    assert "\n" not in str(error.value)


def test_other_networks_and_names_are_refused(table):
    table(network="SMAVGG8")
    refused("`weights` must be weights of VGG8. Received: weights='mini', network='SMAVGG8'")
    refused(r"`weights` must be None, a name \('mini'\), or a path", weights="imagenet")


def test_a_damaged_file_of_the_wheel_is_refused(table, tmp_path):
    (tmp_path / "mini.weights.h5").write_bytes(b"damaged")
    refused("`weights` must name a whole file; install keras-snn again")


class Server(http.server.BaseHTTPRequestHandler):
    """Serves `content`; under /broken half of it, under /absent nothing."""

    content = b""
    requests = 0

    def do_GET(self):
        type(self).requests += 1
        if "absent" in self.path:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.content)))
        self.end_headers()
        half = len(self.content) // 2
        self.wfile.write(self.content[:half] if "broken" in self.path else self.content)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server(written):
    Server.content, Server.requests = written[1].read_bytes(), 0
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_address[1]}"
        running.shutdown()


def test_a_download_is_loaded_and_kept(table, server, written):
    table(address=f"{server}/mini.weights.h5")
    for _ in range(2):
        equal(applications.VGG8(weights="mini"), written[0])
    assert Server.requests == 1


@pytest.mark.parametrize("kind", ["hash", "broken", "absent"])
def test_a_wrong_download_is_refused_and_not_kept(kind, table, server, written):
    wrong = {"sha256": "0" * 64} if kind == "hash" else {}
    table(address=f"{server}/{kind}/mini.weights.h5", **wrong)
    sentence = "`weights` must name a file that can be downloaded whole; try again"
    refused(sentence)
    refused(sentence)
    assert Server.requests >= 2  # nothing damaged stays in the cache and is taken for the file
