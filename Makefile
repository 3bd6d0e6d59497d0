# `make demo` runs the bundled tasks in a real Chromium; `make test` builds the wheel and tests what it installs.
# Both create a virtual environment and install what they need, once.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# The tests start Python hundreds of times, so compiled files are kept even if the environment forbids it.
export PYTHONDONTWRITEBYTECODE :=
SOURCES := $(shell find pytest_mmina fixtures tasks -type f -not -path '*/__pycache__/*')

.PHONY: demo test test-fast validity kills agents test-examples bench bench-gate bench-report bench-peers bench-before bench-soak bench-parallel \
	agreement structure lint check-workflows check-changelog check-release clean

demo: $(VENV)/browser
	$(BIN)/pytest --mmina --mmina-agent rules --mmina-min-hop-rate 0.1 -n auto -p no:cacheprovider tasks

# The order is random, and its seed is printed: --random-order-seed=SEED gives the same order again.
test: $(VENV)/tools $(VENV)/browser
	$(BIN)/pytest -n auto --dist worksteal --random-order

# What needs no browser: most of the tests, in a fraction of the time.
test-fast: $(VENV)/tools
	$(BIN)/pytest -n auto --dist worksteal --random-order -m "not browser"

# Tries to earn the score of every bundled task without the work (`mmina validate`, hours), and other solutions; records, replays
# and judges again. `make test` uses a sample.
validity: $(VENV)/tools $(VENV)/browser
	MMINA_VALIDITY=full $(BIN)/pytest -rP tests/validity
	$(BIN)/mmina validate --max-hops 0.02 -n "$$(getconf _NPROCESSORS_ONLN)" --results validity-results tasks

# Kills forty processes at random moments of sessions of all bundled tasks, and resumes each session.
kills: $(VENV)/tools $(VENV)/browser
	MMINA_KILLS=40 $(BIN)/pytest -s tests/kills

# Runs every kind of agent on ten tasks, and 200 episodes with processes and servers on four workers; `make test` uses a sample.
agents: $(VENV)/tools $(VENV)/browser
	MMINA_AGENTS=full $(BIN)/pytest tests/agents

# browser-use pins many versions, so it has its own environment. A scripted model replaces a real one.
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
	$(BIN)/python benchmarks/early_stop.py
	$(BIN)/python benchmarks/gate_command.py
	$(BIN)/python benchmarks/recording.py

# Simulates 10,000 sessions for each cell of the tables in docs/gate.md, and compares what `mmina power` predicts.
bench-gate: $(VENV)/tools
	$(BIN)/python benchmarks/gate.py
	$(BIN)/python benchmarks/gate_history.py
	$(BIN)/python benchmarks/power.py

bench-report: $(VENV)/tools $(VENV)/browser
	$(BIN)/python benchmarks/report.py

# BrowserGym pins a version of Playwright, so it has its own environment.
bench-peers: $(VENV)/tools $(VENV)/browser
	$(PYTHON) -m venv $(VENV)/peers
	$(VENV)/peers/bin/python -m pip --disable-pip-version-check --quiet install "browsergym-core>=0.14,<0.15"
	$(BIN)/python benchmarks/peers.py --python $(VENV)/peers/bin/python

# Compares the speed in the browser with an earlier commit: make bench-before COMMIT=HEAD~1
bench-before: $(VENV)/tools $(VENV)/browser
	$(BIN)/python benchmarks/before.py --commit $(COMMIT)

bench-soak: $(VENV)/tools $(VENV)/browser
	$(BIN)/python benchmarks/soak.py

bench-parallel: $(VENV)/tools $(VENV)/browser
	$(BIN)/python benchmarks/parallel.py

# Needs apt-get, which downloads pages that were not written for this project.
agreement: $(VENV)/tools $(VENV)/browser
	$(BIN)/python benchmarks/agreement.py

# The rooms of each package, and the floors they stand on.
structure: $(VENV)/tools
	$(BIN)/python -m tests.structure.rooms

lint: $(VENV)/tools
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy pytest_mmina tests examples
	MYPYPATH=fixtures $(BIN)/mypy --explicit-package-bases fixtures/sites
	MYPYPATH=fixtures/pictures $(BIN)/mypy --explicit-package-bases fixtures/pictures
	$(BIN)/lint-imports

# zizmor is a binary of 27 MB that only workflows need, so these tools have an environment of their own.
check-workflows:
	$(PYTHON) -m venv $(VENV)/workflows
	$(VENV)/workflows/bin/python -m pip --disable-pip-version-check --quiet install "check-jsonschema>=0.33,<1" "zizmor>=1.12,<2"
	$(VENV)/workflows/bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml examples/ci/*.yml
	$(VENV)/workflows/bin/check-jsonschema --builtin-schema vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml
	$(VENV)/workflows/bin/check-jsonschema --builtin-schema vendor.github-issue-forms \
		$(filter-out %/config.yml,$(wildcard .github/ISSUE_TEMPLATE/*.yml))
	$(VENV)/workflows/bin/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	$(VENV)/workflows/bin/zizmor --offline .github

# The package, the sites and the tasks may change only together with the changelog.
BASE ?= origin/main
check-changelog:
	@git merge-base "$(BASE)" HEAD > /dev/null
	@git diff --quiet "$(BASE)..." -- pytest_mmina fixtures tasks || ! git diff --quiet "$(BASE)..." -- CHANGELOG.md \
		|| { echo "The code has changed since $(BASE), and CHANGELOG.md has not: add a line under Unreleased."; exit 1; }

# The tag of a release is v<version>. The package must have this version, and the changelog a dated section for it.
VERSION = $(patsubst v%,%,$(TAG))
check-release:
	@grep -qxF '__version__ = "$(VERSION)"' pytest_mmina/__init__.py \
		|| { echo "The tag is '$(TAG)', and pytest_mmina/__init__.py has another version."; exit 1; }
	@grep -qE '^## $(subst .,\.,$(VERSION)) - [0-9]{4}-[0-9]{2}-[0-9]{2}$$' CHANGELOG.md \
		|| { echo "CHANGELOG.md has no section '## $(VERSION) - <date>'."; exit 1; }

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
	rm -rf $(VENV) dist mmina-results validity-results .pytest_cache .mypy_cache .ruff_cache .import_linter_cache test-results
