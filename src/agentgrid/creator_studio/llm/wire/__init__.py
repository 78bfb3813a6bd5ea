"""Wire formats: how a request is written and an answer read, one module per format."""
