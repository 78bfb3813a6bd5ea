"""What an admin sets for the whole installation; features above read it."""
