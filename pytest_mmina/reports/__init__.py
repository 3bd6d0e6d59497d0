"""Reports on the results of a session: terminal, Markdown, GitHub, JUnit, HTML."""
