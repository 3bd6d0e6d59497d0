// An agent in Node: pytest --mmina --mmina-agent 'cmd:node examples/agents/agent.mjs'
import { createInterface } from "node:readline";

let intent = "";

function act({ step, observation }) {
  // Call your model here. This agent searches for the last word of the task and answers with the address it gets.
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
