"""What all tests share: the browser of this machine, and data that lies beside the project on some machines."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_mmina.browser.launch import launch_arguments

LONG = (
    "tests/validity/",
    "tests/kills/",
    "tests/examples/",
    "tests/plugin/test_main_job.py",
    "tests/plugin/test_partition.py",
)
SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long comes first: else one worker is still at it when the others have nothing left."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return launch_arguments(browser_type_launch_args)


@pytest.fixture(scope="session", autouse=True)
def _no_job() -> Iterator[None]:
    """What is tested tells nothing to the job on GitHub that the tests themselves run in."""
    with pytest.MonkeyPatch.context() as patched:
        for name in [name for name in os.environ if name.startswith("GITHUB_")]:
            patched.delenv(name)
        yield


@pytest.fixture
def shared_data() -> Path:
    """Real data sets that are not ours to ship."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the folder shared/data is not beside the project")
    return SHARED_DATA
