"""Reads downloaded files. Nobody vouches for them, so a child process with limits does it."""
