"""The built-in agents, and the adapters for a user's own agent."""
