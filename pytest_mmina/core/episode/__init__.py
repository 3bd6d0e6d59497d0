"""One episode: the ports to agent and browser, limits, and the loop between them."""
