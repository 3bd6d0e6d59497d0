"""An agent in a separate process: pytest --mmina --mmina-agent 'cmd:python examples/agents/process_agent.py'"""

import json
import sys

for line in sys.stdin:
    message = json.loads(line)
    reply: dict[str, object] = {}
    if message["type"] == "reset":
        intent = message["intent"]
        print("the task is", intent, file=sys.stderr)
    elif message["type"] == "act":
        # Call your model here. This agent searches for the last word of the task and answers with the address it gets.
        box = next((part for part in message["observation"]["text"].splitlines() if "searchbox" in part), "")
        if message["step"] == 1 and "[ref=" in box:
            reference = box.partition("[ref=")[2].partition("]")[0]
            word = intent.split()[-1].strip(".?")
            reply = {"action": f"type [{reference}] [{word}] [1]"}
        else:
            reply = {"action": {"kind": "stop", "text": message["observation"]["url"]}}
    print(json.dumps(reply), flush=True)
