"""What a data set for a resumed training must give."""

import keras


def check(make):
    """A data set from `make(2)` begins with the epoch that one from `make(0)` has as its third.

    Neither the global seed nor the number of earlier iterations has an effect.
    """
    keras.utils.set_random_seed(1)
    whole = make(0)
    epochs = [content(whole) for _ in range(4)]
    assert len(set(epochs)) == 4
    keras.utils.set_random_seed(2)
    later = make(2)
    assert [content(later), content(later)] == epochs[2:]


def content(dataset):
    """All samples, in their order."""
    return b"".join(x.tobytes() for sample in dataset.as_numpy_iterator() for x in sample)
