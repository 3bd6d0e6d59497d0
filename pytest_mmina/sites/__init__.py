"""The hermetic web: sites under real addresses, served by this process."""
