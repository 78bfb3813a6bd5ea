"""Pages and sites of the web as documents of an agent."""
