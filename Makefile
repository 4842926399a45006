# Everything a developer runs. `make` alone lists it.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest

.DEFAULT_GOAL := help
.PHONY: help run test soak bench screenshots lint format clean

help: ## this list
	@sed -nE 's/^([a-z.]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

run: .venv/.runnable ## the app on http://localhost:8501 with the job runner, until Ctrl-C
	$(BIN)/python -m jobs launch

.venv: .venv/.installed ## the virtual environment, with every package at its pinned version

.venv/.runnable: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Redline needs Python 3.11 or newer, but $$($(PYTHON) --version 2>&1) is what '$(PYTHON)' starts; name another: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 2; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/.installed: .venv/.runnable requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

test: lint ## lint, types, then every test but the long loops
	@# one worker a core: polars needs no threads of its own beside them (soak and bench leave it its threads); the many
	@# processes that tests start need not compile everything anew; files with few tests are often the longest: not last
	PYTHONDONTWRITEBYTECODE= POLARS_MAX_THREADS=1 $(PYTEST) -m 'not soak' -n auto --dist loadfile --no-loadscope-reorder -o faulthandler_timeout=300

soak: .venv/.installed ## the long loops
	$(PYTEST) -m soak -n auto --dist worksteal -o faulthandler_timeout=1800

bench: .venv/.installed ## benchmarks beside their peers; writes benchmarks/results.json
	$(BIN)/python -m benchmarks

screenshots: .venv/.installed ## every page of the sample, light and dark, into docs/screenshots/
	$(PYTEST) -s tests/browser/screenshots.py

lint: .venv/.installed ## style, formatting and types, nothing changed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .

format: .venv/.installed ## put imports and formatting right
	$(BIN)/ruff check --fix --select I .
	$(BIN)/ruff format .

clean: ## everything that can be made again (never data/)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
