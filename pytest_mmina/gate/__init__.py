"""The gate, which decides whether a change may be merged: its rules, the baseline, and the statistics."""
