"""What users see, one folder a feature, the same file names in each."""
