"""The examples of agents in other languages keep the contract too."""

import shutil
from pathlib import Path

import pytest

from pytest_mmina.testing import AgentContract

EXAMPLES = Path(__file__).parents[2] / "examples/agents"


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed (apt-get install nodejs)")
class TestNode(AgentContract):
    def make_agent(self) -> str:
        return f"cmd:node {EXAMPLES / 'agent.mjs'}"
