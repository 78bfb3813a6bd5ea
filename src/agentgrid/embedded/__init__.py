"""The servers AgentGrid brings along: PostgreSQL, Valkey and the local model.

Each is a real engine out of a wheel, run as a child process. ``agentgrid up`` supervises
them; the tests start the very same classes.
"""
