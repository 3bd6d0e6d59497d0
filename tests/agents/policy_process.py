"""The policy as a process: JSON lines on stdin and stdout."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.agents.policy import Policy, reply_to

policies: dict[str, Policy] = {}
for line in sys.stdin:
    print(json.dumps(reply_to(policies, json.loads(line))), flush=True)
