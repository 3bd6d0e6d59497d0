"""How far the walk agrees with Playwright on role and name of the actionable elements, page by page.

Run `make agreement`. It compares pages of every kind from the bundled sites, and pages that were not written for this
project: those of a Debian documentation package, which is downloaded and unpacked into a temporary folder. It lists all
differences.
"""

import argparse
import json
import mimetypes
import re
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

from playwright.sync_api import Page, sync_playwright

from pytest_mmina.browser.injected_scripts import first_script, register_page_script
from pytest_mmina.browser.launch import launch_arguments
from pytest_mmina.browser.page_capture import CaptureRequest, capture_page
from pytest_mmina.browser.references import references_of
from pytest_mmina.bundled import bundled
from pytest_mmina.core.language.outline import read_outline
from pytest_mmina.sites.registry import Site, load_sites
from pytest_mmina.sites.web import HermeticWeb

RESULTS = Path(__file__).parent / "results"
PACKAGE = "python3.11-doc"
HOST = "documents.example"
ACTED_ON = frozenset(
    re.findall(
        r"\w+",
        """button checkbox combobox gridcell link listbox menuitem menuitemcheckbox menuitemradio option radio searchbox
        slider spinbutton switch tab textbox treeitem""",
    )
)
Elements = Counter[tuple[str, str]]


def main() -> None:
    """Compare, print, and write `benchmarks/results/agreement.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=60, help="how many pages of the Debian package")
    parser.add_argument("--package", default=PACKAGE, help="the Debian package")
    options = parser.parse_args()
    sites = load_sites([bundled("fixtures") / "sites"])
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        root = unpack(options.package, Path(folder))
        documents = Site(name="documents", hosts=(HOST,), home=f"https://{HOST}/", create_app=lambda: serve(root))
        web = HermeticWeb([*sites, documents])
        register_page_script(playwright.selectors)
        browser = playwright.chromium.launch(**launch_arguments({}))
        proxy = {"server": web.proxy_address, "bypass": "<-loopback>"}
        context = browser.new_context(proxy=proxy, ignore_https_errors=True, reduced_motion="reduce")  # type: ignore[arg-type]
        context.add_init_script(first_script(web.now))
        web.begin_episode()
        page = context.new_page()
        compared = {
            "sites": [compare(page, url) for url in kinds_of(page, [site.home for site in sites], web)],
            "documents": [compare(page, url) for url in chosen(root, options.pages)],
        }
        browser.close()
    result = {name: summary(pages) for name, pages in compared.items()}
    print(json.dumps(result, indent=2, ensure_ascii=False))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "agreement.json").write_text(
        json.dumps(result | {"pages": compared}, indent=2, ensure_ascii=False) + "\n"
    )


def unpack(package: str, folder: Path) -> Path:
    """Download and unpack a package, and return the folder with its documents."""
    subprocess.run(["apt-get", "download", "-q", package], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    (archive,) = folder.glob("*.deb")
    subprocess.run(["dpkg-deb", "-x", archive.name, "tree"], cwd=folder, check=True)
    return folder / "tree" / "usr" / "share"


def serve(root: Path) -> Any:
    """Return an app that serves a folder. Symbolic links into other packages are not found."""

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = (root / environ["PATH_INFO"].lstrip("/")).resolve()
        if not (path.is_file() and path.is_relative_to(root.resolve())):
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [b"not here"]
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        start_response("200 OK", [("Content-Type", kind)])
        return [path.read_bytes()]

    return app


def chosen(root: Path, count: int) -> Iterator[str]:
    """Yield the addresses of `count` pages of a folder, evenly spread."""
    pages = sorted(path for path in root.rglob("*.html") if path.is_file() and path.stat().st_size < 400_000)
    for at in range(count):
        yield f"https://{HOST}/" + str(pages[at * len(pages) // count].relative_to(root))


def kinds_of(page: Page, homes: Iterable[str], web: HermeticWeb) -> Iterator[str]:
    """Yield the address of one page of each kind (see `kind_of`) that links lead to."""
    seen: set[tuple[str, ...]] = set()
    for home in homes:
        waiting = [home]
        while waiting:
            url = waiting.pop(0)
            if kind_of(url) in seen or not web.serves(url):
                continue
            seen.add(kind_of(url))
            page.goto(url)
            for frame in page.frames:
                links = frame.eval_on_selector_all("a[href]", "links => links.map(link => link.getAttribute('href'))")
                waiting += [urldefrag(urljoin(frame.url, link)).url for link in links]
            yield url


def kind_of(url: str) -> tuple[str, ...]:
    """Return the kind of a page: its host, the first part of its path, its depth, and whether it has a query."""
    parts = urlsplit(url)
    path = [part for part in parts.path.split("/") if part]
    return (parts.netloc, re.sub(r"\d+", "0", path[0]) if len(path) > 1 else "", str(len(path)), str(bool(parts.query)))


def compare(page: Page, url: str) -> dict[str, Any]:
    """Read a page with the walk and with Playwright, and compare the elements."""
    page.goto(url)
    page.wait_for_load_state("networkidle")
    seen = capture_page(page, CaptureRequest(formats=("aria",)), references_of(page.context), timeout=30)
    assert seen is not None
    ours = acted_on(seen.texts["aria"])
    theirs: Elements = Counter()
    for frame in page.frames:
        if frame.parent_frame is None or frame.frame_element().is_visible():
            theirs += acted_on(frame.locator("body").aria_snapshot())
    return {
        "url": url,
        "elements": theirs.total(),
        "agreed": (ours & theirs).total(),
        "only_walk": [f"{role} {name!r}" for role, name in (ours - theirs).elements()],
        "only_playwright": [f"{role} {name!r}" for role, name in (theirs - ours).elements()],
    }


def acted_on(text: str) -> Elements:
    """Count the actionable elements that are not hidden from the accessibility tree, by role and name."""
    found: Elements = Counter()
    hidden_below = None
    for element in read_outline(text):
        if hidden_below is not None and element.depth > hidden_below:
            continue
        hidden_below = element.depth if "aria-hidden" in element.attributes else None
        if hidden_below is None and element.role in ACTED_ON:
            found[element.role, element.name] += 1
    return found


def summary(pages: list[dict[str, Any]]) -> dict[str, Any]:
    """Sum up the comparisons, and list every page with a difference."""
    elements = sum(max(page["elements"], page["agreed"] + len(page["only_walk"])) for page in pages)
    agreed = sum(page["agreed"] for page in pages)
    differing = [page for page in pages if page["only_walk"] or page["only_playwright"]]
    return {"pages": len(pages), "elements": elements, "agreement": agreed / elements, "differing": differing}


if __name__ == "__main__":
    main()
