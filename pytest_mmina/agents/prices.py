"""The prices of models, in US dollars per million input and output tokens."""

import tomllib
from pathlib import Path

from pydantic import Field, TypeAdapter, ValidationError

from pytest_mmina.chat_endpoint.reported_usage import TokenCounts
from pytest_mmina.core.errors import AgentSpecError
from pytest_mmina.core.language.trajectory import MOST_COST, Usage
from pytest_mmina.core.models import Model

BUNDLED = Path(__file__).with_name("prices.toml")
_MILLION = 1_000_000


class Price(Model):
    """US dollars per million tokens; input tokens that were read from a cache may have a price of their own."""

    input: float = Field(ge=0, allow_inf_nan=False)
    output: float = Field(ge=0, allow_inf_nan=False)
    cached_input: float | None = Field(default=None, ge=0, allow_inf_nan=False)

    def of(self, tokens: TokenCounts) -> Usage:
        """Return the usage of tokens with its cost."""
        cached = self.input if self.cached_input is None else self.cached_input
        dollars = (tokens.input - tokens.cached) * self.input + tokens.cached * cached + tokens.output * self.output
        cost = dollars / _MILLION
        return Usage(
            input_tokens=tokens.input,
            output_tokens=tokens.output,
            cost=min(cost, MOST_COST),
            complete=tokens.complete and cost <= MOST_COST,
        )


def price_of(model: str, own: Path | None = None) -> Price | None:
    """Return the price of a model from the user's own file, or else from the bundled one; None if neither has it.

    Raises AgentSpecError if a file cannot be read.
    """
    for file in (own, BUNDLED) if own is not None else (BUNDLED,):
        prices = _read(file)
        if model in prices:
            return prices[model]
    return None


def _read(file: Path) -> dict[str, Price]:
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
        return TypeAdapter(dict[str, Price]).validate_python(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        problem = f"{place}: {first['msg']}"
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problem = str(error)
    raise AgentSpecError(
        f'the prices in {file} cannot be used: {problem}. Write ["my-model"] and below it input = 0.5, output = 1.5'
    )
