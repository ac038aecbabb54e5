# booking_tui: every verb sets up what it needs. `make help` lists them.
SHELL := /bin/sh
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
LOCK := requirements.lock
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install --constraint $(LOCK)
SNAPSHOT_PYTHON := 3.11

# The first Python that is new enough; set PYTHON=… to choose one.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	if command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; \
	then echo $$p; break; fi; done)

# The program is started some hundred times by its tests, and often by people: compiled once is enough.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup demo run serve test lint format types snap e2e bench screens docs lock lock-check audit wheel-check clean

help: ## show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z0-9-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "booking_tui needs Python 3.11 or newer; none was found. Install one, or name it: make PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "Making a virtual environment in $(VENV) with $$($(PYTHON) --version) …"
	@$(PYTHON) -m venv $(VENV) || { echo "The venv module is missing: install it (Debian and Ubuntu: apt install python3-venv)." >&2; exit 1; }

$(VENV)/.run: $(BIN)/python pyproject.toml $(LOCK)
	@echo "Installing booking_tui and what it runs on, as pinned in $(LOCK) (a minute, once) …"
	@$(PIP) --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	@echo "Installing the test tools …"
	@$(PIP) --editable '.[dev]'
	@touch $@

$(VENV)/.checks: $(VENV)/.run
	@echo "Installing linters and type checkers …"
	@$(PIP) --editable '.[checks,dev,bench]'
	@touch $@

$(VENV)/.bench: $(VENV)/.run
	@echo "Installing the peers that the benchmarks compare with …"
	@$(PIP) --editable '.[bench]'
	@touch $@

setup: $(VENV)/.run $(VENV)/.dev $(VENV)/.checks $(VENV)/.bench ## install everything for working on the code

demo: $(VENV)/.run ## open the dashboard on a simulated practice, no account needed
	@$(BIN)/booking-tui demo

run: $(VENV)/.run ## open the dashboard on your own home
	@$(BIN)/booking-tui

serve: $(VENV)/.run ## run the engine without a screen
	@$(BIN)/booking-tui serve

test: $(VENV)/.dev ## run all tests
	@echo "Running the tests …"
	@# Many tests wait for something: five at a time keep two cores busy, and who is done takes over from the others.
	@$(BIN)/python -m pytest -n 5 --dist worksteal $(ARGS)

lint: $(VENV)/.checks ## check style, spelling and formatting
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/codespell

format: $(VENV)/.checks ## put the code in order
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .

types: $(VENV)/.checks ## check types, strictly
	@$(BIN)/pyright --pythonpath $(BIN)/python

snap: $(VENV)/.dev ## take the screen snapshots anew (look at them before you commit)
	@$(BIN)/python -c 'import sys; v = "%d.%d" % sys.version_info[:2]; sys.exit(f"Snapshots are taken on Python $(SNAPSHOT_PYTHON) only, this is {v}") if v != "$(SNAPSHOT_PYTHON)" else None'
	@$(BIN)/python -m pytest -n 2 -m snapshot --snapshot-update $(ARGS)

e2e: $(VENV)/.dev ## run only the tests that drive the whole program
	@$(BIN)/python -m pytest -n 2 -m e2e $(ARGS)

bench: $(VENV)/.bench ## measure; prints ratios, asserts nothing
	@$(BIN)/booking-tui bench $(ARGS)

screens: $(VENV)/.dev ## make the pictures for the README (uses rsvg-convert and Fira Code)
	@$(BIN)/python -m tests.screens assets

docs: $(VENV)/.run ## write the pages of keys and settings anew
	@$(BIN)/python -m booking_tui.tui.keys_page > assets/docs/keys.md
	@$(BIN)/python -m booking_tui.settings.page > assets/docs/settings.md

lock: $(VENV)/.checks ## resolve the dependencies anew into requirements.lock
	@$(BIN)/uv pip compile --universal --all-extras --python-version 3.11 --upgrade --no-header --no-annotate --no-emit-index-url --quiet pyproject.toml --output-file $(LOCK)

lock-check: $(VENV)/.checks ## say whether requirements.lock still answers pyproject.toml
	@cp $(LOCK) $(VENV)/lock-check
	@$(BIN)/uv pip compile --universal --all-extras --python-version 3.11 --no-header --no-annotate --no-emit-index-url --quiet pyproject.toml --output-file $(VENV)/lock-check
	@diff -u $(LOCK) $(VENV)/lock-check || { echo "requirements.lock does not answer pyproject.toml: run make lock" >&2; exit 1; }

audit: $(VENV)/.checks ## look the pinned versions up among known vulnerabilities
	@$(BIN)/pip-audit --requirement $(LOCK) --no-deps --disable-pip

wheel-check: $(BIN)/python ## build the wheel, install it elsewhere, open its demo
	@$(BIN)/python .ci/wheel_check.py

clean: ## remove what these verbs made
	@rm -rf $(VENV) build dist .hypothesis .ruff_cache
