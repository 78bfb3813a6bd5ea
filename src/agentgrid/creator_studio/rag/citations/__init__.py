"""Which passage an answer rests on, and whether it really does."""
