# `make venv` once, then any of these. VENV=/somewhere uses another environment.

VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: lowest venv test quick lint types imports docs pages vectors demo bench bench-long sizes mutants client faults faults-traced ci

venv:
	python3 -m venv $(VENV)
	$(BIN)/pip install -q -e ".[lint,docs]"

test:
	$(BIN)/pytest

# What is left when the slow ones, the scenarios and the command line are left out.
quick:
	$(BIN)/pytest -n auto -m "not slow" tests/unit tests/project tests/property tests/interop

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types:
	$(BIN)/mypy

imports:
	$(BIN)/lint-imports

# The warning that is switched off is an announcement by mkdocs-material, not about these pages.
docs:
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

# An environment of its own with the lowest versions that pyproject.toml declares for all that it may be installed with, and
# what uses them. All have wheels for Python 3.11. mypy is left out: it reads the libraries' own types, and so needs new
# ones; `make types` runs it.
LOWEST ?= .venv-lowest
# Those of the command line that click, the readers of pictures and the printers could break.
CLI_OF_LIBRARIES = documentation errors examples first_steps flow inspect json paper pictures places present scanner text_files verify wallet

lowest:
	python3.11 -m venv $(LOWEST)
	python3.11 -m tests.lowest > $(LOWEST)/constraints.txt
	$(LOWEST)/bin/pip install -q --only-binary :all: -c $(LOWEST)/constraints.txt -e ".[bench,docs,lint]"
	$(LOWEST)/bin/python -m tests.lowest --installed
	$(MAKE) --no-print-directory lint imports docs demo sizes VENV=$(LOWEST)
	$(LOWEST)/bin/pytest -n 2 -m "not slow" tests/interop tests/paper tests/unit tests/project $(CLI_OF_LIBRARIES:%=tests/cli/test_%.py)

# Writes anew what the pages show of the code.
pages:
	$(BIN)/python -m tests.pages

# Makes the conformance vectors anew, and runs them against the library.
vectors:
	$(BIN)/python -m vectors.generate
	$(BIN)/healthpass vectors run -- $(BIN)/python -m vectors.answer

demo:
	$(BIN)/healthpass demo

# The verifier in TypeScript: types, its tests, all vectors, and the package. Needs Node 20 or newer, and npm.
client:
	cd clients/js && npm ci --silent --no-audit --no-fund && npm test && npm pack --silent --dry-run

# Needs more packages: $(VENV)/bin/pip install -e ".[bench]"
bench:
	$(BIN)/python -m benchmarks

# With ten million claims in a ledger on disk: minutes, and 300 MB where temporary files are.
bench-long:
	$(BIN)/python -m benchmarks --long

sizes:
	$(BIN)/python -m benchmarks sizes

# Small faults put into the code, one at a time: does a test notice? About an hour. COUNT=0 tries every one: a day.
COUNT ?= 300
SEED ?= 1
mutants:
	$(BIN)/python -m tests.mutants map
	$(BIN)/python -m tests.mutants run --count $(COUNT) --seed $(SEED)

# Every kind of fault at every operation of every command on its files, and the table of docs/operations/faults.md: minutes.
faults:
	$(BIN)/python -m tests.faults_of_commands.page

# The same by the system's calls, SQLite's too, with strace (Debian: apt install strace): an hour. EACH=7 tries each seventh.
EACH ?= 1
faults-traced:
	$(BIN)/python -m tests.faults_of_commands.traced --each $(EACH)

ci: lint types imports test docs demo
