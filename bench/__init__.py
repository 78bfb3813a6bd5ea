"""Benchmarks: ``python -m bench`` measures the product as it is started for people."""
