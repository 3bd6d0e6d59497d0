"""Runs tasks in BrowserGym, in a virtual environment of its own, when peers.py asks for them.

Each line of standard input holds a page size, and `off` or `default` for BrowserGym's delays. The answer is a line on
standard output: the milliseconds that the task took, including reset and close.
"""

import re
import sys
import time

from browsergym.core.env import BrowserEnv
from browsergym.core.task import OpenEndedTask
from browsergym.utils.obs import flatten_axtree_to_str
from playwright.sync_api import BrowserType

WITHOUT_DELAYS = {"slow_mo": 0, "pre_observation_delay": 0.0}
STEPS = (
    ("click", "link 'Item 2'", ""),
    ("click", "button 'Add 1'", ""),
    ("fill", "searchbox 'Search'", "kettle"),
    ("press", "searchbox 'Search'", "Enter"),
    ("select_option", "combobox 'Sort'", "Name"),
    ("click", "checkbox 'In stock'", ""),
    ("click", "link 'Next page'", ""),
    ("click", "link 'Offer of the day'", ""),
)


def main() -> None:
    """Run one task per line of standard input until it ends."""
    proxy, executable, home = sys.argv[1:]
    # BrowserGym also launches a browser for its chat window, and that launch takes no arguments from outside.
    launch = BrowserType.launch
    BrowserType.launch = lambda self, **given: launch(self, **{"executable_path": executable, **given})
    for line in sys.stdin:
        size, delays = line.split()
        print(task(f"{home}{size}/", proxy, WITHOUT_DELAYS if delays == "off" else {}), flush=True)


def task(url: str, proxy: str, delays: dict[str, float]) -> float:
    """Run the task once, and return the milliseconds that it took."""
    begun = time.perf_counter()
    environment = BrowserEnv(
        OpenEndedTask,
        task_kwargs={"start_url": url, "goal": "find the offer of the day"},
        pw_context_kwargs={"proxy": {"server": proxy, "bypass": "<-loopback>"}, "ignore_https_errors": True},
        **delays,
    )
    seen, _ = environment.reset(seed=1)
    for verb, name, value in STEPS:
        tree = flatten_axtree_to_str(seen["axtree_object"])
        shown = re.search(rf"\[(\w+)\] {re.escape(name)}", tree)
        if shown is None:
            raise SystemExit(f"{name} is not in what BrowserGym shows")
        argument = f", {value!r}" if value else ""
        seen, *_ = environment.step(f"{verb}({shown.group(1)!r}{argument})")
        if seen["last_action_error"]:
            raise SystemExit(f"{verb} {name}: {seen['last_action_error']}")
    if "item/0" not in seen["url"]:
        raise SystemExit(f"the last page is {seen['url']}")
    environment.close()
    return (time.perf_counter() - begun) * 1000


if __name__ == "__main__":
    main()
