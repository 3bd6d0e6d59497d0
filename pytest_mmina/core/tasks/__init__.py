"""What is asked: tasks, hops, checks, and how checks are judged."""
