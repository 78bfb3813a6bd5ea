"""Plumbing that knows nothing of agents: database, errors, logging, pages, secrets, tasks."""
