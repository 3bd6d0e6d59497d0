"""Memory augmentation, MMInA's method: an agent gets the last, or the most similar, finished episodes."""

import re
from collections.abc import Sequence
from typing import assert_never

from pytest_mmina.core.choices import MemoryOrder
from pytest_mmina.core.errors import AgentSpecError
from pytest_mmina.core.language.trajectory import Remembered
from pytest_mmina.core.record.episode_memory import of_other_tasks
from pytest_mmina.core.tasks.task import Task


def recalled(task: Task, pool: Sequence[Remembered], *, count: int, by: MemoryOrder) -> tuple[Remembered, ...]:
    """Return the `count` episodes of a pool that an agent gets for a task; the best one is the last.

    Episodes of the task itself and of tasks from the same template are left out.
    """
    if not count:
        return ()
    candidates = of_other_tasks(task, pool)
    match by:
        case "recent":
            return tuple(candidates[-count:])
        case "similar":
            return tuple(_sorted_by_similarity(task.intent, candidates)[-count:])
        case _:
            assert_never(by)


def require_similarity() -> None:
    """Raise AgentSpecError if scikit-learn is not installed."""
    try:
        import sklearn  # noqa: F401
    except ImportError:
        raise AgentSpecError(
            "--mmina-memory-by=similar needs scikit-learn: pip install 'pytest-mmina[memory]'", names_option=True
        ) from None


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _sorted_by_similarity(intent: str, pool: Sequence[Remembered]) -> list[Remembered]:
    """Sort episodes by the similarity of their intents to this one, least similar first.

    TF-IDF gives a low weight to words that occur in every task.
    """
    if not pool:
        return []
    from sklearn.feature_extraction.text import TfidfVectorizer

    words = TfidfVectorizer(analyzer=_words).fit_transform([intent, *(each.intent for each in pool)])
    similarity = (words[1:] @ words[0].T).toarray().ravel()
    order = sorted(range(len(pool)), key=lambda position: (similarity[position], position))
    return [pool[position] for position in order]
