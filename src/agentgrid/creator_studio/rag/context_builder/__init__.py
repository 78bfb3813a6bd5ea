"""What a model is told: ``builder`` is the way in; small and large models are told apart."""
