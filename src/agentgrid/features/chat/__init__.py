"""Sessions, messages and the turn itself."""
