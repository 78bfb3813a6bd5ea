"""AgentGrid: make AI agents, use them, and keep making them better."""

__version__ = "2.0.0"
