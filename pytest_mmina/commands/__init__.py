"""The `mmina` command."""
