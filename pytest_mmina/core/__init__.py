"""The pure heart: what is asked, what happened, what it is worth. Standard library and pydantic only."""
