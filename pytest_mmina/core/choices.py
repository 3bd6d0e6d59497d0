"""The values that options accept. This module imports nothing of the package, because every `pytest` run loads it."""

from typing import Literal

HopProtocol = Literal["queue", "run-py"]
"""How the hops of MMInA's tasks are counted: as the paper describes it, or as the released code does it."""

RecordedDetail = Literal["actions", "full"]
Detail = Literal["none", RecordedDetail]
"""How much of an episode is recorded."""

Level = Literal["hops", "sites", "actions", "full"]
"""How much a snapshot shows: the hops; the sites too; the actions too; or also pages, their titles and errors."""

Tolerable = Literal["extra-scrolls", "retries"]
"""Which differences can be tolerated: scrolls, and actions that failed and succeeded when repeated."""

MemoryOrder = Literal["recent", "similar"]
"""Which finished episodes an agent remembers: the most recent ones, or those with the most similar tasks."""

PictureTransfer = Literal["path", "base64"]
"""How an agent in another process gets a picture: as the path of a file, or as the content of the file."""

ChatAnswers = Literal["text", "tools"]
"""How a model answers with an action: as text, or as a tool call."""

Arm = Literal["", "control"]
"""Whose episode it is: that of the agent to test, or that of the control, the agent before the change."""

FailOn = Literal["task", "gate"]
"""What makes a session fail: any task that is not solved, or only the gate."""

Regressions = Literal["significant", "any", "none"]
"""Which tasks that are solved less often than in the baseline make the gate fail."""
