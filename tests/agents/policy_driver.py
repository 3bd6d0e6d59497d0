"""The policy as a driver in another process: environment variables name the task and the browser."""

import json
import os
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.agents.policy import drive

print("a driver may say on stdout what it likes")
with sync_playwright() as playwright:
    browser = playwright.chromium.connect_over_cdp(os.environ["MMINA_CDP_URL"])
    answer = drive(os.environ["MMINA_INTENT"], browser.contexts[0].pages[0])
print(json.dumps({"answer": answer}))
