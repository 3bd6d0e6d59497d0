"""Playwright as the browser of an episode: launch, observe, act, confine."""
