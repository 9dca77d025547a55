"""Bare products in PyTorch, one after the other, forward or forward and backward."""

from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.floor.products import Product


def bare(products: Sequence[Product], dtype: str, training: bool) -> Callable[[], Any]:
    """A step that makes every product, and in training its gradients."""
    import torch

    tensors = [_tensors(product, getattr(torch, dtype)) for product in products]

    def train() -> None:
        for product, (x, kernel, cotangent) in zip(products, tensors, strict=True):
            sources = [x] * product.input_gradient + [kernel] * product.weight_gradient
            torch.autograd.grad(_forward(product, x, kernel), sources, cotangent)

    def predict() -> None:
        with torch.inference_mode():
            for product, (x, kernel, _) in zip(products, tensors, strict=True):
                _forward(product, x, kernel)

    return train if training else predict


def copy(shape: Sequence[int], dtype: str) -> Callable[[], Any]:
    """A step that reads a tensor and writes one of the same size."""
    import torch

    x = torch.randn(*shape).to(getattr(torch, dtype))
    return lambda: torch.neg(x)


def _tensors(product: Product, dtype: Any) -> tuple[Any, Any, Any]:
    """Input, kernel and the gradient that arrives at the output."""
    import torch

    def normal(*shape: int, gradient: bool = False) -> Any:
        return torch.randn(*shape).to(dtype).requires_grad_(gradient)

    batch, inputs, outputs = product.batch, product.inputs, product.outputs
    on_x, on_kernel = product.input_gradient, product.weight_gradient
    if product.is_matrix:
        x = normal(batch, inputs, gradient=on_x)
        return x, normal(outputs, inputs, gradient=on_kernel), normal(batch, outputs)
    return (
        normal(batch, inputs, *product.size, gradient=on_x),
        normal(outputs, inputs, product.kernel, product.kernel, gradient=on_kernel),
        normal(batch, outputs, *product.output_size),
    )


def _forward(product: Product, x: Any, kernel: Any) -> Any:
    import torch

    if product.is_matrix:
        return torch.nn.functional.linear(x, kernel)
    return torch.nn.functional.conv2d(x, kernel, stride=product.stride, padding=product.kernel // 2)
