"""The hermetic web: real addresses, served in this process."""
