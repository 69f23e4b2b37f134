# Needs Python 3.11 or newer and make; everything else is installed in this directory.
#
#   make run                 serve the example ledger on http://127.0.0.1:8000
#   make run PORT=9000       ... on another port
#   make check               lint, types, architecture and tests
#   make test PYTEST_ARGS="-n 0 -k pledge"   some of the tests, in one process
#   make PYTHON=python3.12   ... with another Python
SHELL := /bin/sh
PYTHON ?= python3
PORT ?= 8000
PYTEST_ARGS ?=
UV_VERSION := 0.13.9

# An activated environment or a shell profile may have set these; they would direct uv elsewhere.
unexport VIRTUAL_ENV
unexport PYTHONPATH
# Tests start dozens of processes; without byte code, each would compile everything that it imports.
unexport PYTHONDONTWRITEBYTECODE
export UV_PROJECT_ENVIRONMENT := $(CURDIR)/.venv
export UV_PYTHON_DOWNLOADS := never
export UV_SYSTEM_CERTS := true
export PIP_DISABLE_PIP_VERSION_CHECK := 1

COALITION_DATABASE_URL ?= sqlite:///$(CURDIR)/data/ledger.sqlite3
export COALITION_DATABASE_URL

UV := .uv/bin/uv
INSTALLED := .venv/.installed
BIN := .venv/bin
CODE = $(wildcard domain projections api tests benchmarks)

.DEFAULT_GOAL := help
.PHONY: help install run test faults lint format types arch check docs bench clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(INSTALLED) ## make the locked environment in .venv

run: $(INSTALLED) ## serve the example ledger on loopback (PORT=8000, COALITION_DATABASE_URL=sqlite:///.../data/ledger.sqlite3)
	@mkdir -p data
	@exec $(BIN)/coalition serve --port $(PORT) --example

test: $(INSTALLED) ## run the tests on SQLite, on a PostgreSQL of their own and, if installed, in Chromium (PYTEST_ARGS="-k pledge")
	$(BIN)/pytest --numprocesses auto --maxprocesses 8 --dist worksteal $(PYTEST_ARGS)

lint: $(INSTALLED) ## check style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(INSTALLED) ## fix style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(INSTALLED) ## check types
	$(BIN)/mypy $(CODE)

arch: $(INSTALLED) ## check which package may import which
	$(BIN)/lint-imports

check: lint types arch test ## run lint, types, arch and test

faults: $(INSTALLED) ## break services, files and databases under load, many times; takes about an hour (PYTEST_ARGS="-k kills")
	FAULTS=long $(BIN)/pytest --numprocesses 2 --dist worksteal --durations 0 tests/faults tests/api/test_store_faults.py \
	  tests/domain/ledger/test_standby.py $(PYTEST_ARGS)

docs: $(INSTALLED) ## update the parts of the documentation that come from the code
	$(BIN)/python -m docs.generate

bench: $(INSTALLED) ## measure speed and memory, and compare with the stock library
	$(BIN)/python -m benchmarks

clean: ## remove everything installed and cached; keep data/
	rm -rf .venv .uv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(INSTALLED): pyproject.toml uv.lock $(UV)
	$(UV) sync --frozen --quiet --python .uv/bin/python
	@touch $@

$(UV):
	@command -v "$(PYTHON)" >/dev/null || { \
	  echo "$(PYTHON) was not found; name a Python 3.11 or newer: make PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "$$("$(PYTHON)" --version) is too old; name a Python 3.11 or newer: make PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$(PYTHON) has no venv module with pip; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	"$(PYTHON)" -m venv --clear .uv
	.uv/bin/python -m pip install --quiet "uv==$(UV_VERSION)"
