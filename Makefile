# Muster's targets. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

# The first Python from 3.11 on; PYTHON=… picks another.
SUITS := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c '$(SUITS)' >/dev/null 2>&1 && echo $$p && break; done)

# A stamp is as old as the installation, so only a newer lock costs anything.
RUNTIME := $(VENV)/.installed-demo
DEV := $(VENV)/.installed-dev

$(VENV)/bin/python:
	@test -n "$(PYTHON)" && "$(PYTHON)" -c '$(SUITS)' 2>/dev/null || { echo "Muster needs Python 3.11 or newer with venv$(if $(PYTHON),; $(PYTHON) is not that). Install it, or name one: make $(MAKECMDGOALS) PYTHON=/path/to/python3" >&2; exit 2; }
	@"$(PYTHON)" -m venv $(VENV)

$(RUNTIME): locks/demo.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing locked dependencies into $(VENV)"
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --require-hashes -r locks/demo.txt
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(DEV): locks/dev.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing locked development dependencies into $(VENV)"
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --require-hashes -r locks/dev.txt
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@ $(RUNTIME)

.PHONY: help demo test lint format bench lock clean

help: ## lists the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

demo: $(RUNTIME) ## one incident from alert to review, on this machine (ARGS=--once to exit after it)
	@$(BIN)/muster demo $(ARGS)

test: $(DEV) ## every test that this machine can run (REQUIRE_ALL=1: a skip is a failure)
	@$(BIN)/python -m pytest $(ARGS)

lint: $(DEV) ## ruff, mypy --strict, import-linter, policy, template and runbook checks
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/muster check

format: $(DEV) ## formats the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(DEV) ## the benchmarks: a table, and JSON in benchmarks/results/
	@$(BIN)/python -m benchmarks $(ARGS)

lock: $(DEV) ## renews locks/ from pyproject.toml, with hashes, for every platform
	@$(BIN)/python locks/compile.py $(ARGS)

clean: ## removes what was installed and made here
	@rm -rf $(VENV) .muster .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist
