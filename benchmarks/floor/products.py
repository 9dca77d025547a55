"""The convolutions and matrix products of the networks, by their formulas alone.

The lists are written from the papers' networks, not read off an implementation. Where a formula
lets a product be made smaller with the same numbers, the small one stands here: a static image's
first convolution is made once and not per time step, and FSTA filters the sum of the channels.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.workloads import Workload

KERNELS = (1, 3, 5, 7)
"""SMA's kernel sizes."""


@dataclass(frozen=True)
class Product:
    """A convolution, or a matrix product: a convolution with kernel 1 of 1x1 images.

    Args:
        batch: Images.
        size: (height, width) of the input.
        inputs, outputs: Channels.
        kernel: Side of the kernel, padded by kernel // 2.
        stride: Stride.
        input_gradient: Whether the input needs a gradient.
        weight_gradient: Whether the kernel needs a gradient.
    """

    batch: int
    size: tuple[int, int]
    inputs: int
    outputs: int
    kernel: int = 1
    stride: int = 1
    input_gradient: bool = True
    weight_gradient: bool = True

    @property
    def is_matrix(self) -> bool:
        return self.size == (1, 1) and self.kernel == 1

    @property
    def output_size(self) -> tuple[int, int]:
        return strided(self.size, self.stride)

    @property
    def weights(self) -> int:
        """Numbers in the kernel."""
        return self.kernel**2 * self.inputs * self.outputs

    def flops(self, training: bool = False) -> int:
        """Multiplications and additions, padding counted as data."""
        height, width = self.output_size
        passes = 1 + training * (self.input_gradient + self.weight_gradient)
        return 2 * self.batch * height * width * self.weights * passes


def strided(size: tuple[int, int], stride: int) -> tuple[int, int]:
    """Size after a stride, with odd kernels padded by half of them."""
    return (size[0] - 1) // stride + 1, (size[1] - 1) // stride + 1


def dense(batch: int, inputs: int, outputs: int) -> Product:
    return Product(batch, (1, 1), inputs, outputs)


def products(workload: Workload) -> list[Product]:
    """The products of one forward pass, in their order."""
    kinds = {
        "lif": lambda _: iter(()),
        "sma": _sma_alone,
        "fsta": _fsta_alone,
        "vgg8": _vgg8,
        "ms_resnet18": _ms_resnet18,
        "fsta_resnet20": _fsta_resnet20,
    }
    return list(kinds[workload.kind](workload))


def _sma_alone(workload: Workload) -> Iterator[Product]:
    time_steps, height, width, channels = workload.frames
    return sma(workload.batch, time_steps, (height, width), channels)


def _fsta_alone(workload: Workload) -> Iterator[Product]:
    time_steps, height, width, _ = workload.frames
    return fsta(workload.batch, time_steps, (height, width))


def sma(
    batch: int, steps: int, size: tuple[int, int], channels: int, time_reduction: float = 4
) -> Iterator[Product]:
    """Four convolutions, and the two branches."""
    images = batch * steps
    for kernel in KERNELS:
        yield Product(images, size, channels, channels, kernel)
    yield from _branch(images, channels, channels // 4)
    yield from _branch(batch, steps, int(steps / time_reduction + 1e-9))


def _branch(batch: int, units: int, hidden: int) -> Iterator[Product]:
    yield dense(batch, units, hidden)
    for _ in KERNELS:
        yield dense(batch, hidden, units)


def fsta(batch: int, steps: int, size: tuple[int, int], bank: int = 49) -> Iterator[Product]:
    """The matrix over time, the fixed filters and the convolution that joins them."""
    yield dense(batch, steps, steps)
    yield Product(batch, size, 1, bank, 7, weight_gradient=False)
    yield Product(batch, size, bank, 1, 7)


def _vgg8(workload: Workload) -> Iterator[Product]:
    time_steps, height, width, channels = workload.frames
    filters, units = workload.arguments["filters"], workload.arguments["units"]
    images, size = workload.batch * time_steps, (height, width)
    for block, outputs in enumerate(filters, start=1):
        yield Product(images, size, channels, outputs, 3, input_gradient=block > 1)
        if block in (2, 3):
            yield from sma(workload.batch, time_steps, size, outputs)
        size, channels = (size[0] // 2, size[1] // 2), outputs
    widths = (9 * channels, *units, workload.arguments["classes"])
    for inputs, outputs in itertools.pairwise(widths):
        yield dense(images, inputs, outputs)


def _ms_resnet18(workload: Workload) -> Iterator[Product]:
    steps, height, width, channels = workload.frames
    images = workload.batch * steps
    yield Product(workload.batch, (height, width), channels, 64, 7, 2, input_gradient=False)
    size, channels = strided((height, width), 2), 64
    for outputs in (64, 128, 256, 512):
        for stride in (2, 1):
            if stride == 2:
                yield Product(images, size, channels, outputs, 1, 2)
            yield Product(images, size, channels, outputs, 3, stride)
            size, channels = strided(size, stride), outputs
            if workload.arguments.get("attention", "sma"):
                yield from sma(workload.batch, steps, size, outputs, time_reduction=1.5)
            yield Product(images, size, outputs, outputs, 3)
    yield dense(workload.batch, channels, workload.arguments["classes"])


def _fsta_resnet20(workload: Workload) -> Iterator[Product]:
    steps, height, width, channels = workload.frames
    images, size = workload.batch * steps, (height, width)
    gates = bool(workload.arguments.get("attention", "fsta"))
    yield Product(workload.batch, size, channels, 64, 3, input_gradient=False)
    yield from fsta(workload.batch, steps, size) if gates else ()
    for _ in range(2):
        yield Product(images, size, 64, 64, 3)
        yield from fsta(workload.batch, steps, size) if gates else ()
    size, channels = (size[0] // 2, size[1] // 2), 64
    for outputs, stride in ((64, 1), (128, 2), (256, 2), (512, 2)):
        for step in (stride, 1):
            if step == 2:
                yield Product(images, strided(size, 2), channels, outputs)  # after pooling
            yield Product(images, size, channels, outputs, 3, step)
            size, channels = strided(size, step), outputs
            yield from fsta(workload.batch, steps, size) if gates else ()
            yield Product(images, size, outputs, outputs, 3)
            yield from fsta(workload.batch, steps, size) if gates else ()
    yield dense(images, channels, workload.arguments["classes"])
