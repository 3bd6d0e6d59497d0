"""The packages of extras that the checks of a task need, and what to do if they are not installed."""

from collections.abc import Iterable, Iterator
from importlib.util import find_spec

from pytest_mmina.core.language.files import SPREADSHEETS
from pytest_mmina.core.tasks.checks import Check, walk_checks
from pytest_mmina.core.tasks.download import Download
from pytest_mmina.core.tasks.end_readings import SamePicture


def missing_extras(checks: Iterable[Check]) -> Iterator[str]:
    """Yield why some checks cannot be judged here: a sentence for each extra that they need and that is missing."""
    needed = [*dict.fromkeys(each for outer in checks for check in walk_checks(outer) for each in _needed_by(check))]
    for what, module, package, extra in needed:
        if find_spec(module) is None:
            yield f"{what} needs {package}: pip install 'pytest-mmina[{extra}]'"


def _needed_by(check: Check) -> Iterator[tuple[str, str, str, str]]:
    """Yield what a check does, the module and the package that it needs, and the extra with it."""
    if isinstance(check, SamePicture):
        yield "comparing pictures", "skimage", "scikit-image", "images"
    if isinstance(check, Download) and check.readable_types & SPREADSHEETS:
        yield "reading spreadsheets", "python_calamine", "python-calamine", "files"
    if isinstance(check, Download) and "pdf" in check.readable_types:
        yield "reading PDF files", "pypdf", "pypdf", "files"
