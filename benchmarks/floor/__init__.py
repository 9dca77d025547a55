"""The floor: what remains of a network when all but its products is taken away."""
