"""The names of the formats that an agent can see a page in; a file of its own, because the command line lists them."""

from typing import Literal, get_args

ObservationFormat = Literal["aria", "webarena", "html", "screenshot", "marks"]
FORMATS: tuple[ObservationFormat, ...] = get_args(ObservationFormat)
TEXTS = ("aria", "webarena", "html")
"""Those that are renderings of the walk."""

PICTURES = ("screenshot", "marks")
"""Those that are files."""
