"""The ledger of model calls and what they cost."""
