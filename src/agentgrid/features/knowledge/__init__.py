"""Files, chunks, the vector index and ingestion."""
