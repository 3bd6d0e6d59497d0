"""The options of recorded trajectories and their snapshots."""

from typing import TYPE_CHECKING, cast

import pytest

if TYPE_CHECKING:
    from pytest_mmina.core.recording import Detail


def add_trajectory_options(group: pytest.OptionGroup) -> None:
    """Add the options."""
    group.addoption(
        "--mmina-record",
        choices=("none", "actions", "full"),
        default="full",
        help="what is kept of each episode in trajectories/ in the results: full (default), actions (no page texts, "
        "no states), or none",
    )


def detail_of(config: pytest.Config) -> "Detail":
    """How much is recorded."""
    return cast("Detail", config.getoption("mmina_record"))
