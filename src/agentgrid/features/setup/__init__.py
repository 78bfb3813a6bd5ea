"""The first minutes of an installation: what it needs, and the demo agent."""
