"""The agents that come with the plugin, and the way to a user's own."""
