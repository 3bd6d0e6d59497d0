"""Judges of free answers: the port `Judge` over a chat endpoint."""
