# `make demo` runs the bundled tasks in a real Chromium; `make test` builds the wheel and tests what it installs.
# Both make a virtual environment and get what they need, once.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# The tests start Python hundreds of times: what it has compiled is kept, whatever the machine says.
export PYTHONDONTWRITEBYTECODE :=
SOURCES := $(shell find pytest_mmina fixtures tasks -type f -not -path '*/__pycache__/*')

.PHONY: demo test test-fast validity kills agents test-examples bench bench-report bench-peers bench-soak bench-parallel agreement lint clean

demo: $(VENV)/browser
	$(BIN)/pytest --mmina --mmina-agent rules --mmina-min-hop-rate 0.2 -n auto -p no:cacheprovider tasks

# The order is random, and its seed is printed: --random-order-seed=SEED gives the same order again.
test: $(VENV)/tools $(VENV)/browser
	$(BIN)/pytest -n auto --dist worksteal --random-order

# What needs no browser: most of the tests, in a fraction of the time.
test-fast: $(VENV)/tools
	$(BIN)/pytest -n auto --dist worksteal --random-order -m "not browser"

# Every bundled task against agents that know nothing and against spoilt solutions, recorded, replayed and judged again; test takes a
# sample of them.
validity: $(VENV)/tools $(VENV)/browser
	MMINA_VALIDITY=full $(BIN)/pytest -rP tests/validity

# Forty processes killed at random moments of sessions of all bundled tasks; each session is taken up again.
kills: $(VENV)/tools $(VENV)/browser
	MMINA_KILLS=40 $(BIN)/pytest -s tests/kills

# Agents of all kinds on ten tasks, and 200 episodes with processes and servers on four workers; test takes a sample.
agents: $(VENV)/tools $(VENV)/browser
	MMINA_AGENTS=full $(BIN)/pytest tests/agents

# browser-use pins much of its own, so it has an environment of its own. A scripted model stands in for a real one.
test-examples: $(VENV)/wheel $(VENV)/browser
	$(PYTHON) -m venv $(VENV)/examples
	$(VENV)/examples/bin/python -m pip --disable-pip-version-check --quiet install dist/*.whl "browser-use>=0.13,<0.14"
	cd examples/agents && ANONYMIZED_TELEMETRY=false ../../$(VENV)/examples/bin/pytest --mmina -p no:cacheprovider \
		--mmina-agent drive:scripted_browser_use:drive --mmina-min-task-rate 1 ../../tasks/compare/3.json

bench: $(VENV)/tools $(VENV)/browser
	$(PIP) install "$$(ls dist/*.whl)[bench]"
	$(BIN)/python benchmarks/proxy.py
	$(BIN)/python benchmarks/collection.py
	$(BIN)/python benchmarks/browser.py
	$(BIN)/python benchmarks/gate.py
	$(BIN)/python benchmarks/recording.py

bench-report: $(VENV)/tools $(VENV)/browser
	$(BIN)/python benchmarks/report.py

# BrowserGym pins a Playwright of its own, so it has an environment of its own.
bench-peers: $(VENV)/tools $(VENV)/browser
	$(PYTHON) -m venv $(VENV)/peers
	$(VENV)/peers/bin/python -m pip --disable-pip-version-check --quiet install "browsergym-core>=0.14,<0.15"
	$(BIN)/python benchmarks/peers.py --python $(VENV)/peers/bin/python

bench-soak: $(VENV)/tools $(VENV)/browser
	$(BIN)/python benchmarks/soak.py

bench-parallel: $(VENV)/tools $(VENV)/browser
	$(BIN)/python benchmarks/parallel.py

# Needs apt-get, for pages that nobody here wrote.
agreement: $(VENV)/tools $(VENV)/browser
	$(BIN)/python benchmarks/agreement.py

lint: $(VENV)/tools
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy pytest_mmina tests examples
	MYPYPATH=fixtures $(BIN)/mypy --explicit-package-bases fixtures/sites
	MYPYPATH=fixtures/pictures $(BIN)/mypy --explicit-package-bases fixtures/pictures
	$(BIN)/lint-imports

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

# The wheel is what users get, so it is what is installed here too.
$(VENV)/wheel: $(VENV)/bin/python pyproject.toml $(SOURCES)
	rm -rf dist
	$(PIP) wheel --no-deps --wheel-dir dist .
	$(PIP) install --force-reinstall --no-deps dist/*.whl
	$(PIP) install dist/*.whl
	touch $@

$(VENV)/tools: $(VENV)/wheel
	$(PIP) install "$$(ls dist/*.whl)[test]"
	touch $@

$(VENV)/browser: $(VENV)/wheel
	$(BIN)/mmina browser --install
	touch $@

clean:
	rm -rf $(VENV) dist mmina-results .pytest_cache .mypy_cache .ruff_cache .import_linter_cache test-results
