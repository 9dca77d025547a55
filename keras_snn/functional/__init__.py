"""Pure mathematics of the papers: tensors in, tensors out, keras.ops only."""
