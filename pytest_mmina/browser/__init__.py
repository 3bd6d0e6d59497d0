"""Playwright as the browser of an episode: it launches Chromium, observes pages and performs actions."""
