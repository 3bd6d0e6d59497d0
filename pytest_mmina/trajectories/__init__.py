"""Recorded trajectories: written, read, shown, compared, judged again, approved as snapshots, exported."""
