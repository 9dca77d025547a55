"""Prints the largest error of every module on every backend, as the document has it.

`python -m tests.fidelity.report` takes some minutes.
"""

import tempfile

from tests.fidelity import networks
from tests.fidelity.script import from_process
from tests.fidelity.subjects import SUBJECTS, SURROGATES
from tests.golden import error

BACKENDS = ("tensorflow", "jax", "torch")
PAIRS = "test_layers_losses_and_their_gradients_equal_those_of_tensorflow"
NETWORKS = "test_networks_and_their_gradients_equal_those_of_tensorflow"
VALUES = "test_values_equal_the_authors"


def module_of(name):
    return "surrogates" if name in SURROGATES else name.split(",")[0].removesuffix(" in training")


def against_tensorflow(found, names):
    """The largest error by module and backend."""
    errors = {}
    for name in names:
        for key in (key for key in found["tensorflow"] if key.startswith(f"{name}/")):
            for backend in BACKENDS[1:]:
                one = error(found[backend][key], found["tensorflow"][key])
                largest = errors.setdefault(module_of(name), {})
                largest[backend] = max(one, largest.get(backend, 0.0))
    return errors


def against_the_authors(found):
    """The largest error by module and bar, and backend; whole networks are modules."""
    errors = {}
    for backend in BACKENDS:
        for name, values in found[backend].items():
            module = name if "as Keras is" in name or "kept" in name else module_of(name)
            for one, bar in values:
                largest = errors.setdefault((module, bar), {})
                largest[backend] = max(one, largest.get(backend, 0.0))
    return errors


def row(module, reference, bar, errors, test):
    shown = [f"{errors[b]:.0e}" if b in errors else "reference" for b in BACKENDS]
    cells = [module, reference, f"{bar:.0e}", *shown, f"`{test}`"]
    return f"| {' | '.join(cells)} |".replace("0e+00", "0").replace("e-0", "e-")


def main():
    with tempfile.TemporaryDirectory() as folder:
        found = {
            part: {b: dict(from_process(b, part, folder)) for b in BACKENDS}
            for part in ("layers", "networks", "references")
        }
    for (module, bar), errors in against_the_authors(found["references"]).items():
        print(row(module, "authors", bar, errors, VALUES))
    for module, errors in against_tensorflow(found["layers"], SUBJECTS).items():
        print(row(module, "TensorFlow", 1e-9, errors, PAIRS))
    for module, errors in against_tensorflow(found["networks"], networks.NETWORKS).items():
        print(row(module, "TensorFlow", 1e-9, errors, NETWORKS))


if __name__ == "__main__":
    main()
