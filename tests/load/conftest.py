"""Keeps pytest away from the locust file: importing locust replaces the standard library's
sockets, and the package is installed for load tests only."""

collect_ignore = ["test_chat.py"]
