"""The names that options offer; nothing of the package is imported here, because every `pytest` reads the options."""

from typing import Literal

HopProtocol = Literal["queue", "run-py"]
"""How the hops of MMInA's tasks are counted: as the paper describes it, or as its released code does it."""

RecordedDetail = Literal["actions", "full"]
Detail = Literal["none", RecordedDetail]
"""How much of an episode is recorded."""

Level = Literal["hops", "sites", "actions", "full"]
"""Which hops in which order; which sites on the way; which actions; and on which pages, with what was said there."""

Tolerable = Literal["extra-scrolls", "retries"]
"""What may be said to make no difference: scrolls, and actions that failed and were then done."""

MemoryOrder = Literal["recent", "similar"]
"""Which finished episodes an agent is reminded of: the last ones, or those whose tasks are most alike."""

PictureTransfer = Literal["path", "base64"]
"""How an agent in another process gets pictures: as the path of a file, or as its content."""

ChatAnswers = Literal["text", "tools"]
"""How a model is asked for its action: as text, or as a call of a tool."""

FailOn = Literal["task", "gate"]
"""What makes a session fail: every task that is not solved, or only the gate."""

Regressions = Literal["significant", "any", "none"]
"""Which tasks that are solved less often than in the baseline close the gate."""
