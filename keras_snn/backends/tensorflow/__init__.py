"""Fast forms on TensorFlow."""
