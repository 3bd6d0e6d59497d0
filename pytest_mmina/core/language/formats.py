"""The names of the formats that an agent can see a page in; a file of its own, because the command line lists them."""

from typing import Literal, get_args

TextFormat = Literal["aria", "webarena", "html"]
"""The formats that are texts, made from one walk through the page."""

PictureFormat = Literal["screenshot", "marks"]
"""The formats that are pictures, kept as files."""

ObservationFormat = Literal[TextFormat, PictureFormat]

TEXTS: tuple[TextFormat, ...] = get_args(TextFormat)
PICTURES: tuple[PictureFormat, ...] = get_args(PictureFormat)
FORMATS: tuple[ObservationFormat, ...] = get_args(ObservationFormat)
DEFAULT_FORMAT: ObservationFormat = "aria"
