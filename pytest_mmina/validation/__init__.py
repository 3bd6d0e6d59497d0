"""`mmina validate`: tries to earn the score of tasks without the work, and to lose it with the work done."""
