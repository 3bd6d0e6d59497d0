"""Judges of free answers: the interface `Judge` over a chat endpoint."""
