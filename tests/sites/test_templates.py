"""The templates of the bundled sites."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask.templating import Environment

from pytest_mmina.bundled import bundled
from pytest_mmina.sites.registry import load_sites


def test_threads_compile_one_template_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compiling, together = threading.Lock(), []
    compile_template = Environment.compile

    def watched(self: Environment, *arguments: Any, **options: Any) -> Any:
        is_alone = compiling.acquire(blocking=False)
        together.append(not is_alone)
        time.sleep(0.01)
        try:
            return compile_template(self, *arguments, **options)
        finally:
            if is_alone:
                compiling.release()

    monkeypatch.setattr(Environment, "compile", watched)
    shop = next(site for site in load_sites([bundled("fixtures") / "sites"]) if site.name == "shop")
    environment: Environment = shop.create_app().jinja_env  # type: ignore[attr-defined]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(environment.compile, [f"{{{{ 'text {number}' }}}}" for number in range(24)]))
    assert len(together) == 24
    assert not any(together)
