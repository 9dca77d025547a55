"""The numbers that other libraries give to the classes of the same recordings."""

from keras_snn import validation

# Sets whose folders SpikingJelly names by numbers, with the number of classes.
_NUMBERED = {"dvs128_gesture": 11, "n_mnist": 10}
# Folders named by words: both libraries number them in string order.
_ALPHABETICAL = {"cifar10_dvs": 10, "n_caltech101": 101}
_CLASSES = {**_NUMBERED, **_ALPHABETICAL}


def label_order(name: str, library: str = "spikingjelly") -> tuple[int, ...]:
    """Tells which of our labels each output of another library's checkpoint stands for.

    SpikingJelly numbers classes by the string order of their folders' names, so that "10" comes
    before "2". The papers' checkpoints were trained with these numbers.

    Args:
        name: `"dvs128_gesture"`, `"cifar10_dvs"`, `"n_caltech101"` or `"n_mnist"`.
        library: `"spikingjelly"`.

    Returns:
        Our label of each output: `predictions[:, i]` is the score of label `label_order(name)[i]`.

    Raises:
        ValueError: If the data set or the library is unknown.

    Example:
        >>> label_order("dvs128_gesture", "spikingjelly")
        (0, 1, 10, 2, 3, 4, 5, 6, 7, 8, 9)
    """
    validation.choice("name", name, tuple(_CLASSES))
    validation.choice("library", library, ("spikingjelly",))
    labels = range(_CLASSES[name])
    return tuple(sorted(labels, key=str) if name in _NUMBERED else labels)
