"""What is stored of episodes: records and rates, trajectories, their canonical text, and differences between them."""
