"""Actions and their grammars, observations and their elements, and the steps of a trajectory."""
