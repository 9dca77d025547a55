"""Files of weights: read in every form, refused in one sentence where they are broken."""

import builtins
import pickle
import zipfile

import numpy as np
import pytest

from keras_snn import layers
from keras_snn.checkpoints import load_pytorch, reading
from tests.checkpoints import pytorch_names

STATE = {"a.weight": np.arange(6, dtype="float32").reshape(2, 3), "a.bias": np.array([0.5, 1.5])}


def equal(arrays, wanted=STATE):
    assert set(arrays) == set(wanted)
    for key, value in wanted.items():
        np.testing.assert_array_equal(arrays[key], value)


def test_mappings_with_prefix_and_unread_names():
    source = {f"module.{key}": value for key, value in STATE.items()}
    source |= {"module.bn.num_batches_tracked": 3, "dct.x": [1.0], "dct.t_scale": [1.0]}
    equal(reading.read(source))
    equal(reading.read({"epoch": 3, "state_dict": source}))


def test_npz(tmp_path):
    np.savez(tmp_path / "w.npz", **STATE)
    equal(reading.read(tmp_path / "w.npz"))
    equal(reading.read(str(tmp_path / "w.npz")))


@pytest.mark.parametrize("nest", [None, "state_dict", "model", "net"])
def test_torch_files(nest, tmp_path):
    torch = pytest.importorskip("torch")
    state = {f"module.{key}": torch.tensor(value) for key, value in STATE.items()}
    torch.save({nest: state, "epoch": 7} if nest else state, tmp_path / "w.pth")
    equal(reading.read(tmp_path / "w.pth"))


def test_torch_tensors_parameters_and_bfloat16(tmp_path):
    torch = pytest.importorskip("torch")
    weight = torch.nn.Parameter(torch.tensor([1.0, 2.5]))
    half = torch.tensor([0.5, -3.0], dtype=torch.bfloat16)
    wanted = {"w": [1.0, 2.5], "h": [0.5, -3.0]}
    equal(reading.read({"w": weight, "h": half}), wanted)
    torch.save({"w": weight, "h": half}, tmp_path / "w.pt")
    equal(reading.read(tmp_path / "w.pt"), wanted)


def test_safetensors_of_every_dtype(tmp_path):
    torch = pytest.importorskip("torch")
    safetensors = pytest.importorskip("safetensors.torch")
    dtypes = ("float64", "float32", "float16", "bfloat16", "int64", "uint8")
    tensors = {name: torch.tensor([[1, 2, 3]], dtype=getattr(torch, name)) for name in dtypes}
    safetensors.save_file(tensors, tmp_path / "w.safetensors")
    equal(reading.read(tmp_path / "w.safetensors"), {key: [[1, 2, 3]] for key in dtypes})


class Runs:
    """A pickle that would write a file when it is loaded."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def refused(path, match):
    with pytest.raises(ValueError, match=match) as error:
        reading.read(path)
    assert "\n" not in str(error.value)


def test_a_pickle_that_runs_code_is_refused(tmp_path):
    torch = pytest.importorskip("torch")
    sign = tmp_path / "it ran"
    torch.save({"state_dict": {"a.weight": Runs(sign)}}, tmp_path / "w.pth")
    refused(tmp_path / "w.pth", "`source` must be a whole .pth file that holds only arrays")
    (tmp_path / "plain.pth").write_bytes(pickle.dumps(Runs(sign)))
    refused(tmp_path / "plain.pth", "`source` must be a whole .pth file that holds only arrays")
    np.savez(tmp_path / "w.npz", a=np.array([Runs(sign)], dtype=object))
    sign.unlink(missing_ok=True)  # saving an array of objects may call nothing, loading neither
    refused(tmp_path / "w.npz", "`source` must be a whole .npz file that holds only arrays")
    assert not sign.exists()


@pytest.mark.parametrize("suffix", [".npz", ".pth", ".safetensors"])
def test_truncated_files_are_refused(suffix, tmp_path):
    whole, path = tmp_path / f"whole{suffix}", tmp_path / f"cut{suffix}"
    pytorch_names.write(whole, {key: np.tile(value, 50) for key, value in STATE.items()})
    data = whole.read_bytes()
    for length in (0, 7, len(data) // 2, len(data) - 1):
        path.write_bytes(data[:length])
        refused(path, f"`source` must be a whole {suffix} file")


def test_no_arrays_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"hold only arrays of numbers.*key='a', dtype='<U3'"):
        reading.read({"a": "abc"})
    with zipfile.ZipFile(tmp_path / "w.npz", "w") as file:
        file.writestr("a.txt", "text")
    refused(tmp_path / "w.npz", "`source` must")
    torch = pytest.importorskip("torch")
    torch.save([torch.zeros(2)], tmp_path / "w.pth")
    refused(tmp_path / "w.pth", "`source` must hold a mapping")


def test_paths_are_checked(tmp_path):
    refused(tmp_path / "no.pth", "`source` must be an existing file")
    refused("weights.txt", "`source` must be a mapping.*'weights.txt'")
    refused(3, "`source` must be a mapping.*int")


@pytest.mark.parametrize(("module", "suffix"), [("torch", ".pth"), ("safetensors", ".safetensors")])
def test_an_absent_extra_names_the_command(module, suffix, tmp_path, monkeypatch):
    real = builtins.__import__

    def absent(name, *arguments, **keywords):
        if name == module:
            raise ImportError(name)
        return real(name, *arguments, **keywords)

    monkeypatch.setattr(builtins, "__import__", absent)
    (tmp_path / f"w{suffix}").write_bytes(b"")
    with pytest.raises(ImportError, match=r'pip install "keras-snn\[pytorch\]"'):
        reading.read(tmp_path / f"w{suffix}")


def test_a_layer_keeps_its_weights_when_a_file_is_refused(tmp_path):
    layer = layers.FSTA(3)
    layer.build((None, 4, 5, 6, 7))
    before = [np.copy(w) for w in layer.get_weights()]
    (tmp_path / "w.npz").write_bytes(b"PK")
    with pytest.raises(ValueError, match=r"must be a whole \.npz"):
        load_pytorch(layer, tmp_path / "w.npz")
    with pytest.raises(ValueError, match="missing time_kernel"):
        load_pytorch(layer, {"alpha": np.zeros(1)})
    for weight, old in zip(layer.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, old)


def test_grids_turn_channels_first_into_channels_last():
    dense = np.arange(9 * 4 * 5).reshape(36, 5)
    theirs = pytorch_names.layout("fc1/kernel", dense)
    from keras_snn.checkpoints import layout

    np.testing.assert_array_equal(layout.convert(theirs, (36, 5), (3, 3)), dense)
    # channel 2, row 1, column 0 of theirs is row 1, column 0, channel 2 of ours
    np.testing.assert_array_equal(theirs[:, 2 * 9 + 1 * 3 + 0], dense[(1 * 3 + 0) * 4 + 2])
