"""The papers' networks in PyTorch, made of the layers of a library.

Modules have the names of the authors' checkpoints. The tests can therefore load the reference
weights and prove that the networks are the same. Data is (time, batch, channels, height, width).
"""
