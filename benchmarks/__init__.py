"""Speed and memory of keras_snn, against the peers and against the bare products.

    python -m benchmarks --help

`benchmarks.ratio` compares two callables within one process, for tests.
"""
