"""Translates our labels to the numbers that other libraries give to the same classes."""

from keras_snn import validation

# Sets with folders that SpikingJelly names by numbers, and their numbers of classes.
_NUMBERED = {"dvs128_gesture": 11, "n_mnist": 10}
# Sets with folders named by words, which both libraries number in string order.
_ALPHABETICAL = {"cifar10_dvs": 10, "n_caltech101": 101}
_CLASSES = {**_NUMBERED, **_ALPHABETICAL}


def label_order(name: str, library: str = "spikingjelly") -> tuple[int, ...]:
    """Returns our label for each output of a network that was trained with another library.

    SpikingJelly numbers classes by the string order of their folders' names, in which "10" comes
    before "2". The papers' checkpoints were trained with these numbers.

    Args:
        name: Data set: `"dvs128_gesture"`, `"cifar10_dvs"`, `"n_caltech101"` or `"n_mnist"`.
        library: `"spikingjelly"`, the only one so far.

    Returns:
        Our label for each output: `predictions[:, i]` is the score of label `label_order(name)[i]`.

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
