"""Run one episode: the protocols of agent, browser and judge, the limits, and the loop between them."""
