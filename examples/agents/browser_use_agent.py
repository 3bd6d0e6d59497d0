"""browser-use as an agent: pytest --mmina --mmina-agent drive:browser_use_agent:drive (from this folder).

Needs `pip install browser-use`, and a key for the model in the environment.
"""

import os
from typing import Any

os.environ.setdefault("ANONYMIZED_TELEMETRY", "false")

from browser_use import Agent, Browser, ChatOpenAI


async def drive(intent: str, cdp_url: str) -> str:
    """Solve a task with the model that MMINA_EXAMPLE_MODEL names."""
    return await solve(intent, cdp_url, ChatOpenAI(model=os.environ.get("MMINA_EXAMPLE_MODEL", "gpt-4.1-mini")))


async def solve(intent: str, cdp_url: str, model: Any) -> str:
    """Run browser-use in the given browser, and leave that browser open at the end."""
    browser = Browser(cdp_url=cdp_url, keep_alive=True)
    agent = Agent(task=intent, llm=model, browser=browser, use_judge=False, directly_open_url=False)
    try:
        history = await agent.run(max_steps=25)
    finally:
        await browser.stop()
    return history.final_result() or ""
