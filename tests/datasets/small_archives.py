"""Small archives in the layout of the published sets, one function per set.

Every function writes into a folder and returns the MD5 digests of its archives by their names.
"""

import gzip
import hashlib
import io
import struct
import tarfile
import zipfile

import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds
from tensorflow_datasets.core.download.checksums import compute_url_info, load_url_infos

from keras_snn.datasets import SHD, SSC
from keras_snn.datasets.catalog import BUILDERS
from tests.datasets import writers

WORDS_OF_SHD = [name.replace("fuenf", "fünf") for name in SHD.CLASS_NAMES]
GESTURES = b"class,startTime_usec,endTime_usec\n1,1000,40000\n11,40000,70000\n5,69000,90000\n"


def recording(seed, size, number=200):
    return writers.random_events(number, size, seed)


def md5_of(*paths):
    return {path.name: hashlib.md5(path.read_bytes()).hexdigest() for path in paths}


def write_zip(path, files):
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)


def write_tar(path, files, mode="w"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(tar_of(files, mode))


def tar_of(files, mode="w"):
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode=mode) as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return written.getvalue()


def n_mnist(folder, train=20, test=10):
    """Recording k of each archive has label k % 10."""
    for split, number in (("Train", train), ("Test", test)):
        names = {f"{split}/{k % 10}/{k:05}.bin": recording(k, (34, 34)) for k in range(number)}
        files = {name: writers.atis(events) for name, events in names.items()}
        write_zip(folder / f"{split}.zip", files)
    return md5_of(folder / "Train.zip", folder / "Test.zip")


def cifar10_dvs(folder):
    """Ten archives of 10 recordings; number k of class c has 100 + 10 c + k events."""
    kind = BUILDERS["cifar10_dvs"]
    paths = [folder / name for name in kind.ARCHIVES]
    for label, (path, name) in enumerate(zip(paths, kind.CLASS_NAMES, strict=True)):
        files = {
            f"{name}/cifar10_{name}_{k}.aedat": writers.aedat2_dvs128(
                recording(k, (128, 128), 100 + 10 * label + k)
            )
            for k in range(10)
        }
        write_zip(path, files)
    return md5_of(*paths)


def n_caltech101(folder):
    """30 recordings of the classes 0, 3 and 100, which take turns."""
    names = BUILDERS["n_caltech101"].CLASS_NAMES
    classes = [names[label] for label in (0, 3, 100)]
    files = {
        f"Caltech101/{classes[k % 3]}/image_{k:04}.bin": writers.atis(recording(k, (180, 240)))
        for k in range(30)
    }
    write_zip(folder / "Caltech101.zip", files)
    return md5_of(folder / "Caltech101.zip")


def dvs128_gesture(folder):
    """Two recordings to train on and one to test, of three gestures each."""
    files = {
        "trials_to_train.txt": b"user01_led.aedat\nuser02_lab.aedat\n\n",
        "trials_to_test.txt": b"user24_led.aedat\n",
    }
    for seed, name in enumerate(("user01_led", "user02_lab", "user24_led")):
        files[f"{name}.aedat"] = writers.aedat3(recording(seed, (128, 128)))
        files[f"{name}_labels.csv"] = GESTURES
    path = folder / "DvsGesture.tar.gz"
    write_tar(path, {f"DvsGesture/{name}": content for name, content in files.items()}, "w:gz")
    return md5_of(path)


def spikes(seed):
    rng = np.random.default_rng(seed)
    return np.sort(rng.uniform(0, 0.5 + 0.1 * (seed % 5), 120)), rng.integers(700, size=120)


def write_spikes(folder, name, labels, keys, speakers=None, seed=0):
    """An archive that holds one HDF5 file; sample k has label `labels[k]`."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name.removesuffix(".zip")
    rows = [spikes(seed + k) for k in range(len(labels))]
    writers.shd(path, rows, labels, keys, speakers)
    with zipfile.ZipFile(folder / name, "w") as archive:
        archive.write(path, path.name)
    return path


def shd(folder):
    """Twelve samples of three speakers to train on, and 4 for the test."""
    labels, speakers = np.arange(12) % 20, [0, 1, 11, 1, 0, 11, 0, 1, 0, 1, 0, 1]
    write_spikes(folder, "shd_train.h5.zip", labels, WORDS_OF_SHD, speakers)
    write_spikes(folder, "shd_test.h5.zip", [19, 3, 15, 0], WORDS_OF_SHD, [4, 5, 4, 5], seed=50)
    return md5_of(*folder.glob("*.zip"))


def ssc(folder):
    """The words stand in the reverse order in the files, so label k means word 34 - k."""
    for part, labels in (("train", range(35)), ("valid", [0]), ("test", [34, 1])):
        write_spikes(folder, f"ssc_{part}.h5.zip", list(labels), SSC.CLASS_NAMES[::-1])
    return md5_of(*folder.glob("*.zip"))


def picture(seed, shape=(32, 32, 3)):
    return np.random.default_rng(seed).integers(256, size=shape, dtype="uint8")


def mnist(folder, train=20, test=10):
    """Image k of each file has label k % 10; the test begins with image 500."""
    for part, first, number in (("train", 0, train), ("t10k", 500, test)):
        images = b"".join(picture(first + k, (28, 28)).tobytes() for k in range(number))
        labels = bytes(k % 10 for k in range(number))
        for kind, head, content in (
            ("images-idx3", (2051, number, 28, 28), images),
            ("labels-idx1", (2049, number), labels),
        ):
            numbers = struct.pack(f">{len(head)}i", *head)
            _write_gzip(folder / f"{part}-{kind}-ubyte.gz", numbers + content)
    return md5_of(*folder.glob("*.gz"))


def _write_gzip(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(content))


def cifar10(folder):
    """Four images in each of the six files."""
    names = [f"data_batch_{k}.bin" for k in range(1, 6)] + ["test_batch.bin"]
    files = {name: _cifar_rows(4, [10], seed) for seed, name in enumerate(names)}
    files["batches.meta.txt"] = "\n".join(BUILDERS["cifar10_dvs"].CLASS_NAMES).encode()
    return _write_cifar(folder / "cifar-10-binary.tar.gz", "cifar-10-batches-bin", files)


def cifar100(folder):
    """20 images to train on and 4 to test; each has a coarse and a fine label."""
    files = {
        "train.bin": _cifar_rows(20, [20, 100], seed=0),
        "test.bin": _cifar_rows(4, [20, 100], seed=1),
        "coarse_label_names.txt": "\n".join(f"coarse{k}" for k in range(20)).encode(),
        "fine_label_names.txt": "\n".join(f"fine{k}" for k in range(100)).encode(),
    }
    return _write_cifar(folder / "cifar-100-binary.tar.gz", "cifar-100-binary", files)


def _cifar_rows(number, classes, seed):
    """Labels, one byte each, and the pixels of an image, color by color."""
    rows = []
    for k in range(number):
        rows.append(bytes((seed + 7 * k) % size for size in classes))
        rows.append(picture(100 * seed + k, (3, 32, 32)).tobytes())
    return b"".join(rows)


def _write_cifar(path, root, files):
    write_tar(path, {f"{root}/{name}": content for name, content in files.items()}, "w:gz")
    return md5_of(path)


def imagenet2012(folder, train=60, test=6):
    """Small pictures of two classes to train on, whose archives lie in an archive, and to test."""
    synsets = ("n01440764", "n15075141")  # the first class and the last one
    parts = {
        f"{name}.tar": tar_of({f"{name}_{k}.JPEG": jpeg(k) for k in range(label, train, 2)})
        for label, name in enumerate(synsets)
    }
    write_tar(folder / "ILSVRC2012_img_train.tar", parts)
    tests = {f"ILSVRC2012_val_{k:08}.JPEG": jpeg(500 + k) for k in range(1, test + 1)}
    write_tar(folder / "ILSVRC2012_img_val.tar", tests)
    return md5_of(*folder.glob("*.tar"))


def jpeg(seed):
    """A picture of the size 50 x 60 to 59 x 60."""
    return tf.io.encode_jpeg(picture(seed, (50 + seed % 10, 60, 3))).numpy()


def accept(name, folder, patch):
    """Makes tensorflow-datasets take the files that it fetches from a folder, as they are there."""
    known = load_url_infos(tfds.builder_cls(name)._checksums_path)
    found = {url: compute_url_info(folder / info.filename) for url, info in known.items()}
    patch.setattr(tfds.builder_cls(name), "url_infos", found)
