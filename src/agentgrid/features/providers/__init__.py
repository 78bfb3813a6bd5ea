"""Connections to language models, and the installation's model settings."""
