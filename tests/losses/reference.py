"""The losses in NumPy with plain loops, and the cases that are compared on every backend.

`python -m tests.losses.reference FILE.npz` writes what the running backend computes.
"""

import sys

import numpy as np

LABELS = np.array([2, 0, 1])
SHAPE = (3, 5, 4)
MASK = np.array([[1, 1, 1, 1, 1], [1, 0, 1, 1, 0], [0, 0, 0, 0, 0]], bool)
NAMES = ("RateLoss", "CountLoss", "MaxMembraneLoss", "FirstSpikeTimeLoss")
ARGUMENTS = {
    "crossentropy": {},
    "mse": {"loss": "mse"},
    "targets": {"loss": "mse", "on_target": 0.75, "off_target": 0.25},
}
CASES = [(n, a, m) for n in NAMES for a in ARGUMENTS for m in (False, True)]


def outputs(name):
    """Spikes in which one neuron is silent, or membranes."""
    rng = np.random.default_rng(3)
    values = rng.normal(size=SHAPE) if name == "MaxMembraneLoss" else rng.random(SHAPE) < 0.4
    values[0, :, 1] = 0.0
    return values.astype("float64")


def kept(masked):
    return MASK if masked else np.ones(SHAPE[:2], bool)


def first_spike(steps):
    """Steps before the first spike of one neuron, and the changes that one spike makes."""
    wait = next((t for t, s in enumerate(steps) if s), len(steps))
    slope = np.zeros(len(steps))
    for u in range(len(steps)):
        other = np.array(steps)
        other[u] = 1 - other[u]
        changed = next((t for t, s in enumerate(other) if s), len(steps))
        slope[u] = (changed - wait) * (1 if other[u] else -1)
    return wait, slope


def score(name, steps):
    """The score of one neuron from the steps that count, and its derivative by them."""
    if name == "RateLoss":
        return steps.mean(), np.full(len(steps), 1 / len(steps))
    if name == "CountLoss":
        return steps.sum(), np.ones(len(steps))
    if name == "MaxMembraneLoss":
        largest = steps == steps.max()
        return steps.max(), largest / largest.sum()
    return first_spike(steps)


def loss_and_gradient(name, arguments, masked):
    """The mean over samples that have a step, and its gradient by the outputs."""
    x, keep = outputs(name), kept(masked)
    counted = [b for b in range(len(x)) if keep[b].any()]
    total, gradient = 0.0, np.zeros(SHAPE)
    for b in counted:
        pairs = [score(name, x[b, keep[b], c]) for c in range(SHAPE[2])]
        values = np.array([value for value, _ in pairs])
        loss, slope = compare(name, ARGUMENTS[arguments], values, np.eye(4)[LABELS[b]], keep[b])
        total += loss
        for c, (_, derivative) in enumerate(pairs):
            gradient[b, keep[b], c] = slope[c] * derivative
    return total / len(counted), gradient / len(counted)


def compare(name, arguments, values, label, keep):
    """The loss of one sample's scores and its derivative by them."""
    if arguments.get("loss") != "mse":
        sign = -1 if name == "FirstSpikeTimeLoss" else 1
        p = np.exp(sign * values) / np.exp(sign * values).sum()
        return -np.log(p @ label), sign * (p - label)
    on, off = {
        "CountLoss": (keep.sum(), 0),
        "FirstSpikeTimeLoss": (0, keep.sum()),
    }.get(name, (1, 0))
    on, off = arguments.get("on_target", on), arguments.get("off_target", off)
    target = np.where(label, on, off)
    return np.mean((values - target) ** 2), 2 * (values - target) / len(values)


def computed(name, arguments, masked, reduction="sum_over_batch_size"):
    """Loss and gradient of the library, on the running backend."""
    import keras

    from keras_snn import losses
    from keras_snn.functional.masks import set_keras_mask
    from tests.gradients import value_and_gradient

    options = {**ARGUMENTS[arguments], "reduction": reduction, "dtype": "float64"}
    loss = getattr(losses, name)(**options)

    def of(x):
        if masked:
            set_keras_mask(x, keras.ops.convert_to_tensor(MASK))
        return loss(LABELS, x)

    return value_and_gradient(of, outputs(name))


if __name__ == "__main__":
    # Keras divides in float32 on PyTorch, so that only sums have all digits.
    found = [part for case in CASES for part in computed(*case, reduction="sum")]
    np.savez(sys.argv[1], *found)
