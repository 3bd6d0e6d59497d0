"""What is left of a session: journal, summary, tables."""
