# make help    lists what can be done.
#
# Nothing is installed outside of this folder: the virtual environment is .venv, the data of `make run` is
# annotator-data. What is already done is not done again, so a second `make run` serves at once.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
# Cached bytecode makes every start faster, whatever the shell prefers.
unexport PYTHONDONTWRITEBYTECODE

VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# The Python to make the environment with: $PYTHON, or the first of these that is new enough.
PYTHONS := $(if $(PYTHON),$(PYTHON),python3 python3.14 python3.13 python3.12 python3.11 python)

PO := $(wildcard annotator/translations/*/LC_MESSAGES/*.po)
MO := $(PO:.po=.mo)

.PHONY: help
help: ## list what can be done
	@sed -n 's/^\([a-z-]*\):.*## /  make \1 | /p' $(firstword $(MAKEFILE_LIST)) | awk -F'|' '{printf "%-18s%s\n", $$1, $$2}'

.PHONY: run
run: ready ## install, then serve the demo project on http://127.0.0.1:8000 (PORT=8001 to change)
	@exec $(BIN)/annotator serve --demo $(if $(PORT),--port $(PORT)) $(if $(filter command%,$(origin HOST)),--host $(HOST))

.PHONY: test
test: dev ## run every test; finds or gets a browser and PostgreSQL (ARGS="tests/web -k review" to choose)
	@$(BIN)/python -m tests.support
	@$(BIN)/python -m pytest -n $${TEST_WORKERS:-auto} --maxprocesses 4 --dist loadgroup --db=both $(ARGS)

.PHONY: lint
lint: dev ## style and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

.PHONY: format
format: dev ## put the code into our style
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

.PHONY: bench
bench: dev ## measure, beside bare Flask and raw SQLite in the same run
	@$(BIN)/python -m tests.benchmarks $(ARGS)

.PHONY: eval
eval: dev ## how well the suggestions do on the development set; fails below the bars
	@$(BIN)/python -m tests.evaluation

.PHONY: dist
dist: dev ## build the wheel and the source archive into dist/
	@rm -rf dist
	@$(BIN)/python -m hatchling build
	@ls dist

.PHONY: ready dev assets
ready: $(VENV)/.run assets $(MO) ## install what running needs, and nothing more
dev: $(VENV)/.dev assets $(MO) ## install what developing needs

# Checked at every start by sha256 (70 ms); fetched when a file is missing or not ours.
assets: $(VENV)/.locked
	@$(BIN)/python -m annotator.assets --check 2>/dev/null || $(MAKE) fetch-assets

.PHONY: fetch-assets
fetch-assets: $(VENV)/.locked
	@if $(BIN)/python -m annotator.assets --npm-needed; then \
	  echo "No npm here: installing one from a Python package."; \
	  $(PIP) install --require-hashes -r requirements-node.txt; fi
	@$(BIN)/python -m annotator.assets

%.mo: %.po | $(VENV)/.locked
	@$(BIN)/python -m annotator.catalogs

$(VENV)/bin/python:
	@for python in $(PYTHONS); do \
	  if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    echo "Making $(VENV) with $$($$python --version)."; \
	    exec $$python -m venv $(VENV); fi; done; \
	echo "No Python 3.11 or newer found (looked for: $(PYTHONS)). Name one: make PYTHON=/path/to/python run" >&2; \
	exit 1

$(VENV)/.locked: requirements.txt | $(VENV)/bin/python
	@echo "Installing the locked dependencies."
	@$(PIP) install --require-hashes -r requirements.txt
	@touch $@

# The package itself, editable: its code is read from this folder.
$(VENV)/.run: $(VENV)/.locked pyproject.toml hatch_build.py | assets
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.txt
	@echo "Installing the locked tools for tests."
	@$(PIP) install --require-hashes -r requirements-dev.txt
	@touch $@

# --universal: one lock for Linux, macOS and every Python from 3.11 on.
LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
  --no-emit-index-url --no-emit-find-links --no-annotate --custom-compile-command "make lock"
.PHONY: lock
lock: dev ## write the locks anew after a change in pyproject.toml (UPGRADE=1 for newer versions)
	@$(LOCK) $(if $(UPGRADE),--upgrade) pyproject.toml --group build -o requirements.txt
	@$(LOCK) $(if $(UPGRADE),--upgrade) pyproject.toml --group build --group dev -c requirements.txt -o requirements-dev.txt
	@$(LOCK) $(if $(UPGRADE),--upgrade) --group node -o requirements-node.txt
	@$(LOCK) $(if $(UPGRADE),--upgrade) --group postgres -o requirements-postgres.txt

# The first argument of an error is a sentence for people, as is what N_ marks.
SENTENCES := N_ DomainError Invalid NotFound Forbidden Conflict Throttled TooManyStreams refuse:2
.PHONY: translations
translations: dev ## collect new sentences into the catalogues
	@mkdir -p .tools
	@$(BIN)/pybabel -q extract -F babel.cfg $(addprefix -k ,$(SENTENCES)) -o .tools/messages.pot \
	  --project Annotator --version 0.1.0 --copyright-holder 'The Annotator authors' --no-location --sort-output --no-wrap annotator
	@for language in ru; do \
	  file=annotator/translations/$$language/LC_MESSAGES/messages.po; \
	  if [ -f $$file ]; then $(BIN)/pybabel -q update -i .tools/messages.pot -o $$file -l $$language \
	    --no-fuzzy-matching --ignore-obsolete --no-wrap; \
	  else mkdir -p $$(dirname $$file); $(BIN)/pybabel -q init -i .tools/messages.pot -o $$file -l $$language --no-wrap; fi; \
	  $(BIN)/python -m annotator.catalogs --missing; done

.PHONY: clean
clean: ## remove what was installed and built; the data stays
	rm -rf $(VENV) .tools dist annotator/static/vendor .mypy_cache .pytest_cache .ruff_cache
	rm -f $(MO)
