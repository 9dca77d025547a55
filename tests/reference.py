"""Slow NumPy forms of every layer, written from the formulas with plain loops."""

import itertools

import numpy as np


def lif(x, v0, tau, threshold, v_reset, decay_input, mask=None):
    """Spikes, membranes before (h) and after (v) the reset, all (batch, time, ...)."""
    rest = 0.0 if v_reset is None else v_reset
    s, h, v = np.zeros_like(x), np.zeros_like(x), np.zeros_like(x)
    previous = np.full_like(x[:, 0], rest) if v0 is None else v0
    for t in range(x.shape[1]):
        gain = 1 / tau if decay_input else 1.0
        h[:, t] = rest + (1 - 1 / tau) * (previous - rest) + gain * x[:, t]
        s[:, t] = h[:, t] >= threshold
        v[:, t] = h[:, t] - s[:, t] * threshold if v_reset is None else h[:, t]
        if v_reset is not None:
            v[:, t][s[:, t] == 1] = v_reset
        for b in range(x.shape[0]):
            if mask is not None and not mask[b, t]:
                s[b, t], v[b, t] = 0.0, previous[b]
        previous = v[:, t]
    return s, h, v


def lif_gradient(x, v0, tau, threshold, v_reset, decay_input, detach, slope, d_s, d_v):
    """Gradients of x, v0 and 1 / tau of sum(s * d_s) + sum(last v * d_v), element by element."""
    s, h, v = lif(x, v0, tau, threshold, v_reset, decay_input)
    rest = 0.0 if v_reset is None else v_reset
    start = np.full_like(x[:, 0], rest) if v0 is None else v0
    d_x, d_v0, d_leak = np.zeros_like(x), np.zeros_like(start), 0.0
    for index in np.ndindex(*start.shape):
        flow = d_v[index]
        for t in reversed(range(x.shape[1])):
            at = (index[0], t, *index[1:])
            derivative = slope(h[at] - threshold)
            dv_dh = 1.0 if v_reset is None else 1.0 - s[at]
            if not detach:
                dv_dh += derivative * (-threshold if v_reset is None else v_reset - h[at])
            d_h = d_s[at] * derivative + flow * dv_dh
            before = v[(index[0], t - 1, *index[1:])] if t else start[index]
            d_x[at] = d_h * (1 / tau if decay_input else 1.0)
            d_leak += d_h * ((x[at] if decay_input else 0.0) - (before - rest))
            flow = d_h * (1 - 1 / tau)
        d_v0[index] = flow
    return d_x, d_v0, d_leak


def conv(x, kernel, bias=0.0):
    """Cross-correlation of (n, height, width, in) with (k, k, in, out), "same" zero padding."""
    size = kernel.shape[0]
    before = (size - 1) // 2
    padded = np.pad(x, ((0, 0), (before, size - 1 - before), (before, size - 1 - before), (0, 0)))
    y = np.zeros((*x.shape[:3], kernel.shape[-1]))
    for i, j in itertools.product(range(x.shape[1]), range(x.shape[2])):
        window = padded[:, i : i + size, j : j + size]
        y[:, i, j] = np.einsum("nhwi,hwio->no", window, kernel)
    return y + bias


def batch_norm(x, gamma, beta, mean, variance, epsilon=1e-5):
    return (x - mean) / np.sqrt(variance + epsilon) * gamma + beta


def softmax(scores):
    """Over the first axis."""
    exponent = np.exp(scores - scores.max(0))
    return exponent / exponent.sum(0)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def branch(weights, name, y, scales):
    """Softmax over scales of the excitations of relu(squeeze(y)): (scales, ..., size)."""
    kernel, bias = (weights[f"{name}/squeeze/{part}"] for part in ("kernel", "bias"))
    hidden = np.maximum(y @ kernel + bias, 0)
    scores = [
        hidden @ weights[f"{name}/excite{n}/kernel"] + weights[f"{name}/excite{n}/bias"]
        for n in range(scales)
    ]
    return softmax(np.stack(scores))


def sma(x, weights, kernel_sizes, activation, time_attention=True, lightweight=False):
    """Output, A^T and A^C of SMA in inference; `weights` by path."""
    maps = []
    for n in range(len(kernel_sizes)):
        get = lambda part, n=n: weights[f"scale{n}/{part}"]  # noqa: E731
        y = conv(x.reshape(-1, *x.shape[2:]), get("conv/kernel"), get("conv/bias"))
        statistics = (get("bn/moving_mean"), get("bn/moving_variance"))
        y = batch_norm(y, get("bn/gamma"), get("bn/beta"), *statistics).reshape(x.shape)
        relu = activation == "relu"
        maps.append(np.maximum(y, 0) if relu else lif(y, None, 2.0, 1.0, 0.0, True)[0])
    y = sum(maps).mean((2, 3))
    seen = np.repeat(y.mean(1, keepdims=True), x.shape[1], 1) if lightweight else y
    channel = branch(weights, "channel_branch", seen, len(maps))  # (scales, batch, time, c)
    time = np.ones(channel.shape[:3])
    if time_attention:
        time = branch(weights, "time_branch", y.mean(-1), len(maps))
    output = sum(
        time[n][..., None, None, None] * channel[n][:, :, None, None] * maps[n]
        for n in range(len(maps))
    )
    return output, time.swapaxes(0, 1), channel.swapaxes(0, 1)


def azo(features, time_weights, channel_weights, channel_reduction, time_reduction):
    """Attention ZoneOut by loops over scales, steps and channels."""
    output = features.copy()
    time_steps, channels = channel_weights.shape[2:]
    for n in range(features.shape[1]):
        scores = time_weights[:, n].sum(0)
        steps = np.argsort(scores, kind="stable")[: time_steps // time_reduction]
        scores = channel_weights[:, n][:, steps].sum((0, 1))
        lowest = np.argsort(scores, kind="stable")[: channels // channel_reduction]
        for t, c in itertools.product(steps, lowest):
            if t != 0:
                output[:, n, t, :, :, c] = features[:, n, t - 1, :, :, c]
    return output


def dct_filter(size, i):
    """Filter i by its closed form, element by element."""
    u, v = i % size, i // size
    scale = lambda k: np.sqrt((1 if k == 0 else 2) / size)  # noqa: E731
    value = np.zeros((size, size))
    for y, x in itertools.product(range(size), range(size)):
        value[y, x] = scale(u) * np.cos(np.pi * u * (2 * y + 1) / (2 * size))
        value[y, x] *= scale(v) * np.cos(np.pi * v * (2 * x + 1) / (2 * size))
    return value


def fsta(x, weights, size, indices):
    """FSTA with every channel filtered on its own, as the authors' code does."""
    z = weights["alpha"] * x.mean((2, 3)) + weights["beta"] * x.max((2, 3))
    per_channel = np.einsum("btc,tu->buc", z, weights["time_kernel"])
    time = sigmoid(per_channel.mean(-1))
    attended = x * (1 + time)[:, :, None, None, None]
    mean = attended.mean(1)
    banks = []
    for i in indices:
        kernel = dct_filter(size, i)[:, :, None, None]
        banks.append(sum(conv(mean[..., c : c + 1], kernel) for c in range(x.shape[-1])))
    maps = np.concatenate(banks, -1)
    maps = conv(maps, weights["conv0/kernel"])
    if "conv1/kernel" in weights:
        maps = conv(np.maximum(maps, 0), weights["conv1/kernel"])
    space = sigmoid(maps)[:, None]
    spatial = attended * (1 + space)
    return (weights["t"] * attended + weights["s"] * spatial) / 2
