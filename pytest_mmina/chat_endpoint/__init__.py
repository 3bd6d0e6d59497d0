"""A client for OpenAI-compatible chat endpoints, for agents and judges."""
