"""The folder that a session leaves: its journal, reading it, merging it."""
