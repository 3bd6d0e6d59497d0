"""The base class of the plugin's models, and the type of texts that come from outside."""

from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, SerializerFunctionWrapHandler, model_serializer
from pydantic_core import CoreSchema, core_schema


def well_formed(value: object) -> object:
    """Replace lone surrogates in a text (half of an emoji, for example), which could be neither written nor sent."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


class _WellFormed:
    """Repairs texts that Python code gives. Pydantic's reader of JSON refuses lone surrogates by itself."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        text = handler(source)
        repaired = core_schema.no_info_before_validator_function(well_formed, text)
        # A call of Python for each text would take half of the time in which a journal is read.
        return core_schema.json_or_python_schema(json_schema=text, python_schema=repaired)


Text = Annotated[str, _WellFormed()]
"""A text from outside (an agent, a page, a test) that can be written to a file."""


class Model(BaseModel):
    """A frozen model that rejects unknown fields."""

    model_config = ConfigDict(frozen=True, defer_build=True, extra="forbid")


class OmitsDefaults(Model):
    """A model that leaves out the fields in `omitted` from what is written, as long as they have their defaults.

    So a field can be added without changing the fingerprints of what does not use it.
    """

    omitted: ClassVar[frozenset[str]] = frozenset()

    @model_serializer(mode="wrap")
    def _without_defaults(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        written: dict[str, Any] = handler(self)
        fields = type(self).model_fields
        return {
            name: value
            for name, value in written.items()
            if name not in self.omitted or getattr(self, name) != fields[name].get_default(call_default_factory=True)
        }
