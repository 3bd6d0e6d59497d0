"""Memory augmentation, MMInA's own method: an agent is reminded of the last, or the most similar, finished episodes."""

import re
from collections.abc import Sequence
from typing import assert_never

from pytest_mmina.core.choices import MemoryOrder
from pytest_mmina.core.errors import AgentSpecError
from pytest_mmina.core.language.trajectory import Remembered
from pytest_mmina.core.record.memory import of_other_tasks
from pytest_mmina.core.tasks.task import Task


def recalled(task: Task, pool: Sequence[Remembered], *, count: int, by: MemoryOrder) -> tuple[Remembered, ...]:
    """The `count` episodes of a pool, oldest first, that suit a task best; the best one is the last.

    Episodes of the task itself and of its template are never among them.
    """
    if not count:
        return ()
    fit = of_other_tasks(task, pool)
    match by:
        case "recent":
            return tuple(fit[-count:])
        case "similar":
            return tuple(_by_likeness(task.intent, fit)[-count:])
        case _:
            assert_never(by)


def require_similarity() -> None:
    """Raise AgentSpecError where scikit-learn is not installed."""
    try:
        import sklearn  # noqa: F401
    except ImportError:
        raise AgentSpecError(
            "--mmina-memory-by=similar needs scikit-learn: pip install 'pytest-mmina[memory]'", names_option=True
        ) from None


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _by_likeness(intent: str, pool: Sequence[Remembered]) -> list[Remembered]:
    """In order of the likeness of their intents, by TF-IDF: words that every task has count for next to nothing."""
    if not pool:
        return []
    from sklearn.feature_extraction.text import TfidfVectorizer

    words = TfidfVectorizer(analyzer=_words).fit_transform([intent, *(each.intent for each in pool)])
    likeness = (words[1:] @ words[0].T).toarray().ravel()
    return [pool[place] for place in sorted(range(len(pool)), key=lambda place: (likeness[place], place))]
