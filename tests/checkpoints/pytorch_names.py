"""The way back: a network of ours as a state dictionary of its authors' program."""

import re

import numpy as np
import pytest

from keras_snn.checkpoints.loading import named_weights

PARAMETERS = {"kernel": "weight", "bias": "bias"}
BN = {
    "gamma": "weight",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}
SMA = {
    r"scale(\d)/conv": r"S_Convs.\1.conv",
    r"scale(\d)/bn": r"S_Convs.\1.bn",
    r"(channel|time)_branch/squeeze": lambda m: f"{m[1][0].upper()}_before_attention_conv",
    r"(channel|time)_branch/excite(\d)": lambda m: (
        f"{m[1][0].upper()}_after_attention_convs.{m[2]}"
    ),
}
FSTA = {"conv0": "freq_attention.freq_attention.0", "conv1": "freq_attention.freq_attention.2"}


def write(path, arrays):
    """Writes arrays by name in the format of the path: .npz, .pth or .safetensors."""
    if path.suffix == ".npz":
        np.savez(path, **arrays)
    elif path.suffix == ".pth":
        torch = pytest.importorskip("torch")
        torch.save({name: torch.tensor(array) for name, array in arrays.items()}, path)
    else:
        contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
        pytest.importorskip("safetensors.numpy").save_file(contiguous, path)


def state_dict(model):
    """PyTorch names to arrays in PyTorch's layout, with what the authors' programs also store."""
    weights = named_weights(model)
    families = {"vgg": vgg, "ms_r": ms_resnet, "sma_r": ms_resnet}
    module = next((f for name, f in families.items() if name in model.name), fsta_resnet)
    layers = {path.split("/")[0] for path in weights}
    state = {}
    for path, variable in weights.items():
        array = np.asarray(variable)
        layer, _, parameter = path.rpartition("/")
        names = BN if re.search(r"bn\d*$", layer) else PARAMETERS
        parameter = names.get(parameter, parameter)
        if parameter == "time_kernel":
            layer, parameter = f"{layer}/fc_t", "weight"
        name, _, inner = layer.partition("/")
        theirs = module(name, inside(inner), layers)
        state[f"{theirs}.{parameter}"] = layout(path, array)
        if parameter == "running_mean":
            state[f"{theirs}.num_batches_tracked"] = np.array(0)
    return state


def plain_state_dict(model):
    """PyTorch's parameters and layouts under our own layers' names."""
    state = {}
    for path, variable in named_weights(model).items():
        layer, _, parameter = path.rpartition("/")
        names = BN if re.search(r"bn\d*$", layer) else PARAMETERS
        state[f"{layer}.{names[parameter]}"] = layout(path, np.asarray(variable))
    return state


def inside(inner):
    """A layer inside SMA or FSTA."""
    for pattern, name in SMA.items():
        if re.fullmatch(pattern, inner):
            return "." + re.sub(pattern, name, inner)
    return f".{FSTA.get(inner, inner)}" if inner else ""


def layout(path, array):
    if array.ndim == 4:
        return array.transpose(3, 2, 0, 1)
    if path == "fc1/kernel":  # (height, width, channels) -> (channels, height, width)
        maps = array.reshape(3, 3, -1, array.shape[1])
        return maps.transpose(3, 2, 0, 1).reshape(array.shape[1], -1)
    if array.ndim == 2 and "_branch" in path:
        return array.T[:, :, None, None]
    return array.T if array.ndim == 2 else array.reshape(-1) if array.ndim == 0 else array


def vgg(name, inner, layers):
    if name in ("fc1", "fc2", "predictions"):
        return {"fc1": "others.2", "fc2": "others.5", "predictions": "others.8"}[name]
    block, part = name.split("_")
    bn = "2.0" if f"{block}_sma" in layers else "1.0"
    place = {"conv": "0.0", "sma": "1", "bn": bn}[part]
    return f"{block}.{place}{inner}"


def ms_resnet(name, inner, layers):
    deep = "stem_conv3" in layers
    if name.startswith("stem_conv"):
        return f"conv1.{int(name[-1]) - 1}"
    if name in ("stem_bn", "predictions"):
        return {"stem_bn": f"conv1.{3 if deep else 1}.bn", "predictions": "fc"}[name]
    stage, block, part = re.fullmatch(r"stage(\d+)_block(\d+)_(.+)", name).groups()
    shift = int(f"stage{stage}_block{block}_sma" in layers)
    place = {
        "conv1": "residual_function.1",
        "sma": "residual_function.2",
        "bn1": f"residual_function.{2 + shift}.bn",
        "conv2": f"residual_function.{4 + shift}",
        "bn2": f"residual_function.{5 + shift}.bn",
        "shortcut_conv": f"shortcut.{int(deep)}",
        "shortcut_bn": f"shortcut.{1 + int(deep)}.bn",
    }[part]
    inner = re.sub(r"\.bn$", ".bn.bn", inner)
    return f"conv{int(stage) + 1}_x.{int(block) - 1}.{place}{inner}"


def fsta_resnet(name, inner, layers):
    twenty = "stem_conv3" in layers
    if name == "predictions":
        return "fc.conv"
    if name.startswith("stem"):
        part, number = name[5:-1], int(name[-1])
        if not twenty:
            return {"conv": "conv1.pool", "bn": "bn1.bn", "fsta": f"relu.dct{inner}"}[part]
        first = 3 * (number - 1)
        modules = {"conv": (0, ".pool"), "bn": (1, ".bn"), "fsta": (2, f".dct{inner}")}
        return f"conv1.{first + modules[part][0]}{modules[part][1]}"
    stage, block, part = re.fullmatch(r"stage(\d+)_block(\d+)_(.+)", name).groups()
    place = {
        "shortcut_conv": f"downsample.{int(twenty)}.pool",
        "shortcut_bn": f"downsample.{1 + int(twenty)}.bn",
    }.get(part)
    if place is None:
        kind, number = part[:-1], part[-1]
        ends = {"conv": "conv{}.pool", "bn": "bn{}.bn", "fsta": "relu{}.dct"}
        place = ends[kind].format(number) + inner
    return f"layer{stage}.{int(block) - 1}.{place}"
