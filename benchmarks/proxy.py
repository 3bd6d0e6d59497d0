"""What the proxy of the hermetic web costs: a request through it compared with one to the same app on a local server.

Run `make bench`. Prints the medians in milliseconds and the ratio of the two, from interleaved rounds.
"""

import argparse
import json
import statistics
import threading
from pathlib import Path

from cheroot.wsgi import Server
from playwright.sync_api import Page, sync_playwright

from pytest_mmina.browser.launch import launch_arguments
from pytest_mmina.bundled import bundled
from pytest_mmina.sites.registry import Site, load_sites
from pytest_mmina.sites.web import HermeticWeb

PATH = "/catalogsearch/result/?q=kettle"
FETCH = """async ([path, requests]) => {
  const begun = performance.now();
  for (let n = 0; n < requests; n++) await (await fetch(path, {cache: "no-store"})).text();
  return (performance.now() - begun) / requests;
}"""


def main() -> None:
    """Measure, print, and write `benchmarks/results/proxy.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--requests", type=int, default=100, help="requests per round")
    options = parser.parse_args()
    (shop,) = (site for site in load_sites([bundled("fixtures") / "sites"]) if site.name == "shop")
    web = HermeticWeb([shop])
    server = Server(("127.0.0.1", 0), shop.create_app())
    server.prepare()
    threading.Thread(target=server.serve, daemon=True).start()
    try:
        rounds = _rounds(shop, web.proxy_address, f"http://127.0.0.1:{server.bind_addr[1]}/", options)
    finally:
        server.stop()
        web.close()
    direct_median, proxied_median = (statistics.median(times) for times in zip(*rounds, strict=True))
    result = {
        "direct_milliseconds": direct_median,
        "proxied_milliseconds": proxied_median,
        "ratio": statistics.median(through / straight for straight, through in rounds),
    }
    for name, value in result.items():
        print(f"{name:22}{value:6.2f}")
    folder = Path(__file__).parent / "results"
    folder.mkdir(exist_ok=True)
    (folder / "proxy.json").write_text(json.dumps(result, indent=2) + "\n")


def _rounds(shop: Site, proxy: str, straight: str, options: argparse.Namespace) -> list[tuple[float, float]]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_arguments({}))
        proxied = browser.new_context(proxy={"server": proxy, "bypass": "<-loopback>"}).new_page()
        proxied.goto(shop.home)
        direct = browser.new_page()
        direct.goto(straight)
        rounds = [(_round(direct, options.requests), _round(proxied, options.requests)) for _ in range(options.rounds)]
        browser.close()
    return rounds


def _round(page: Page, requests: int) -> float:
    milliseconds: float = page.evaluate(FETCH, [PATH, requests])
    return milliseconds


if __name__ == "__main__":
    main()
