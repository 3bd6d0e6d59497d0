// An agent in Node: pytest --mmina --mmina-agent 'cmd:node examples/agents/agent.mjs'
import { createInterface } from "node:readline";

let intent = "";

function act({ step, observation }) {
  // Your model comes here. This one searches for the task's last word, then gives its address as the answer.
  const box = observation.text.match(/searchbox .*\[ref=(\w+)\]/);
  if (step === 1 && box) {
    const word = intent.split(/\s+/).at(-1).replace(/[.?]/g, "");
    return { action: `type [${box[1]}] [${word}] [1]` };
  }
  return { action: { kind: "stop", text: observation.url } };
}

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  if (message.type === "reset") intent = message.intent;
  const reply = message.type === "act" ? act(message) : {};
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}
