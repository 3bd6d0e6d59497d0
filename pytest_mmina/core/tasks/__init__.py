"""Tasks, hops and checks, and how checks are judged."""
