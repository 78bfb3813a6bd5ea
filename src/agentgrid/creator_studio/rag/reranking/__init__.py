"""Orders candidates and says how sure it is: by fitted scores, a model, or a service."""
