"""The names of the formats of observations. They have their own module because every `pytest` run loads it."""

from typing import Literal, get_args

TextFormat = Literal["aria", "webarena", "html"]
"""The formats that are texts; all are made from one pass through the page."""

PictureFormat = Literal["screenshot", "marks"]
"""The formats that are pictures, stored as files."""

ObservationFormat = Literal[TextFormat, PictureFormat]

TEXTS: tuple[TextFormat, ...] = get_args(TextFormat)
PICTURES: tuple[PictureFormat, ...] = get_args(PictureFormat)
FORMATS: tuple[ObservationFormat, ...] = get_args(ObservationFormat)
DEFAULT_FORMAT: ObservationFormat = "aria"
