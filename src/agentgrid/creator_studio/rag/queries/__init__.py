"""What to search for: the question alone, put so that it stands alone, or in several wordings."""
