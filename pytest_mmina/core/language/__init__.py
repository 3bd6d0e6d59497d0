"""The words of an episode: actions and their grammars, observations and outlines, the steps they make."""
