"""The base of every value that travels through the plugin."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict


def well_formed(value: object) -> object:
    """Replace lone surrogates in a text: what a cut-off emoji becomes could be neither written nor sent."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


Text = Annotated[str, BeforeValidator(well_formed)]
"""A text from outside (an agent, a page, a test), fit for a file."""


class Model(BaseModel):
    """A frozen value that refuses fields it does not know."""

    model_config = ConfigDict(frozen=True, defer_build=True, extra="forbid")
