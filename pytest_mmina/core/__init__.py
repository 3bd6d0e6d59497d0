"""The core: tasks, episodes, judging and records. It imports only the standard library and pydantic."""
