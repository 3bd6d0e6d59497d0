"""What is kept of episodes: records and rates, stored trajectories, their text form, and what differs between them."""
