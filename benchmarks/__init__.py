"""Speed and memory of keras_snn, against other libraries, against itself and as it grows.

    python -m benchmarks [compare] --help
    python -m benchmarks ablation --help
    python -m benchmarks growth --help

`benchmarks.ratio` compares two callables within one process, for tests.
"""
