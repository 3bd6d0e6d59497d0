"""Task files of the field, read into tasks."""
