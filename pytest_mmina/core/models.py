"""The base class of the plugin's models, and the type of texts that come from outside."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict


def well_formed(value: object) -> object:
    """Replace lone surrogates in a text (half of an emoji, for example), which could be neither written nor sent."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


Text = Annotated[str, BeforeValidator(well_formed)]
"""A text from outside (an agent, a page, a test), made safe to write to a file."""


class Model(BaseModel):
    """A frozen model that rejects unknown fields."""

    model_config = ConfigDict(frozen=True, defer_build=True, extra="forbid")
