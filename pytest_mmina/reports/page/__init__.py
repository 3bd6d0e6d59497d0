"""The HTML page of the results: its data, templates and assets."""
