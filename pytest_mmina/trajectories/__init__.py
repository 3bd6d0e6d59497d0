"""Recorded trajectories: write, read, show, compare and judge them again; approve them as snapshots; export them."""
