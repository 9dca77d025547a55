"""Translates the authors' names of weights into ours.

A PyTorch key such as `block2.1.S_Convs.0.bn.weight` names a module and one of its parameters. The
tables translate modules to the path of our layer, `block2_sma/scale0/bn`. The parameter follows
from the layer: a layer whose name ends in `bn` and digits has gamma, beta, moving_mean and
moving_variance; any other has kernel and bias. FSTA's own scalars keep their names.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

PREFIX = "module."
UNREAD = re.compile(r"(^|\.)(num_batches_tracked|x|t_scale|s_scale)$")
"""Matches keys that the authors' code stores but never reads."""

FSTA_SCALARS = ("alpha", "beta", "t", "s")

BN_PARAMETERS = {
    "weight": "gamma",
    "bias": "beta",
    "running_mean": "moving_mean",
    "running_var": "moving_variance",
}

OTHER_PARAMETERS = {"weight": "kernel", "bias": "bias"}


@dataclass(frozen=True)
class Family:
    """The names in one of the authors' programs.

    Args:
        signature: The beginning of a key in this family and in no other.
        table: The path of our layer by the name of the module. Names are regular expressions with
            named groups of digits; a path contains the groups as numbers.
        offsets: Number to add to a group, by its name.
        grids: (height, width) by the path of a weight that follows a flattened map, which is
            (channels, height, width) in PyTorch.
    """

    signature: str
    table: Mapping[str, str]
    offsets: Mapping[str, int] = field(default_factory=dict)
    grids: Mapping[str, tuple[int, int]] = field(default_factory=dict)


def translate(key: str, family: Family) -> str | None:
    """Returns our path of the weight of a key, or None if the table does not have its module."""
    module, _, parameter = key.rpartition(".")
    layer = _layer(module, family)
    if layer is None:
        return None
    if parameter not in FSTA_SCALARS:
        is_norm = re.search(r"bn\d*$", layer)
        parameter = (BN_PARAMETERS if is_norm else OTHER_PARAMETERS).get(parameter, parameter)
    return f"{layer}/{parameter}".lstrip("/").replace("time/kernel", "time_kernel")


def _layer(module: str, family: Family) -> str | None:
    """Returns the path of our layer, with its numbers counted as ours are."""
    for pattern, layer in family.table.items():
        found = re.fullmatch(pattern, module)
        if found:
            groups = found.groupdict().items()
            return layer.format(**{n: int(v) + family.offsets.get(n, 0) for n, v in groups})
    return None


def _inside(module: str, layer: str, table: Mapping[str, str]) -> dict[str, str]:
    """Returns the table of an attention layer inside a network."""
    return {
        rf"{module}\.{inner}" if inner else module: f"{layer}/{path}".rstrip("/")
        for inner, path in table.items()
    }


_SMA = {
    r"S_Convs\.(?P<scale>\d+)\.conv": "scale{scale}/conv",
    r"S_Convs\.(?P<scale>\d+)\.bn(?:\.bn)?": "scale{scale}/bn",
    r"C_before_attention_conv": "channel_branch/squeeze",
    r"C_after_attention_convs\.(?P<scale>\d+)": "channel_branch/excite{scale}",
    r"T_before_attention_conv": "time_branch/squeeze",
    r"T_after_attention_convs\.(?P<scale>\d+)": "time_branch/excite{scale}",
}

_FSTA = {
    r"": "",
    r"freq_attention\.freq_attention\.0": "conv0",
    r"freq_attention\.freq_attention\.2": "conv1",
    r"fc_t": "time",
}

_VGG = {
    # block1.0.1: the N-Caltech101 program keeps convolution and BN in one module.
    r"block(?P<n>\d)\.0\.0": "block{n}_conv",
    r"block(?P<n>\d)\.(?:0\.1|1\.0|2\.0)": "block{n}_bn",
    **_inside(r"block(?P<n>\d)\.1", "block{n}_sma", _SMA),
    r"others\.2": "fc1",
    r"others\.5": "fc2",
    r"others\.8": "predictions",
}

_MS_BLOCK = r"conv(?P<stage>\d)_x\.(?P<block>\d+)"
_MS_RESIDUAL = rf"{_MS_BLOCK}\.residual_function"
_MS_PLACE = "stage{stage}_block{block}"

_MS_RESNET = {
    # 18 and 34 layers have one convolution and its BN; 104 have three convolutions, then BN.
    **{rf"conv1\.{i}": f"stem_conv{i + 1}" for i in range(3)},
    r"conv1\.[13]\.bn": "stem_bn",
    rf"{_MS_RESIDUAL}\.1": f"{_MS_PLACE}_conv1",
    **_inside(rf"{_MS_RESIDUAL}\.2", f"{_MS_PLACE}_sma", _SMA),
    rf"{_MS_RESIDUAL}\.[23]\.bn": f"{_MS_PLACE}_bn1",
    rf"{_MS_RESIDUAL}\.[45]": f"{_MS_PLACE}_conv2",
    rf"{_MS_RESIDUAL}\.[56]\.bn": f"{_MS_PLACE}_bn2",
    rf"{_MS_BLOCK}\.shortcut\.[01]": f"{_MS_PLACE}_shortcut_conv",
    rf"{_MS_BLOCK}\.shortcut\.[12]\.bn": f"{_MS_PLACE}_shortcut_bn",
    r"fc": "predictions",
}

_FSTA_BLOCK = r"layer(?P<stage>\d)\.(?P<block>\d+)"


def _fsta_stem() -> dict[str, str]:
    """Returns the table of the stem: three convolutions in the network of 20 layers, else one."""
    table = {r"conv1\.pool": "stem_conv1", r"bn1\.bn": "stem_bn1"}
    table |= _inside(r"relu\.dct", "stem_fsta1", _FSTA)
    for i in range(3):
        table[rf"conv1\.{3 * i}\.pool"] = f"stem_conv{i + 1}"
        table[rf"conv1\.{3 * i + 1}\.bn"] = f"stem_bn{i + 1}"
        table |= _inside(rf"conv1\.{3 * i + 2}\.dct", f"stem_fsta{i + 1}", _FSTA)
    return table


_FSTA_RESNET = {
    **_fsta_stem(),
    rf"{_FSTA_BLOCK}\.conv(?P<n>[12])\.pool": f"{_MS_PLACE}_conv{{n}}",
    rf"{_FSTA_BLOCK}\.bn(?P<n>[12])\.bn": f"{_MS_PLACE}_bn{{n}}",
    **_inside(rf"{_FSTA_BLOCK}\.relu(?P<n>[12])\.dct", f"{_MS_PLACE}_fsta{{n}}", _FSTA),
    rf"{_FSTA_BLOCK}\.downsample\.[01]\.pool": f"{_MS_PLACE}_shortcut_conv",
    rf"{_FSTA_BLOCK}\.downsample\.[12]\.bn": f"{_MS_PLACE}_shortcut_bn",
    r"fc\.conv": "predictions",
}

SMA = Family(signature="S_Convs.", table=_SMA)
FSTA = Family(signature="fc_t.", table=_FSTA)
VGG = Family(signature="block1.", table=_VGG, grids={"fc1/kernel": (3, 3)})
MS_RESNET = Family("conv2_x.", _MS_RESNET, offsets={"stage": -1, "block": 1})
FSTA_RESNET = Family("layer1.", _FSTA_RESNET, offsets={"block": 1})

NETWORKS = (VGG, MS_RESNET, FSTA_RESNET)


def detect(keys: Iterable[str]) -> Family:
    """Finds the family of networks that has these names."""
    keys = list(keys)
    for family in NETWORKS:
        if any(key.startswith(family.signature) for key in keys):
            return family
    raise ValueError(
        f"`source` must hold a known network; {known()}. Received: names={sorted(keys)[:5]}"
    )


def known() -> str:
    """Returns how the names of known networks begin."""
    signatures = [family.signature for family in NETWORKS]
    return f"known names begin with {', '.join(signatures)}"
