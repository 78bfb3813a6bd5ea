"""Language models: the wire formats, the wrappers, and the router that chooses."""
