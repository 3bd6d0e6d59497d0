"""The results folder of a session: writing it, reading it, and merging several of them."""
