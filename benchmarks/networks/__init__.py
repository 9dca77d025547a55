"""The papers' networks in PyTorch, made of a library's own layers.

Modules carry the names of the authors' checkpoints, so that the reference weights load and prove
that the library computes the same network. Data is (time, batch, channels, height, width).
"""
