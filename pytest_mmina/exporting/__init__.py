"""`mmina export`: recorded trajectories in the formats of other tools."""
