"""What is known of a model as a graph: calls, causality, segments, explicit membranes."""
