"""Finds the passages an answer should be built from: ``retriever`` is the way in."""
