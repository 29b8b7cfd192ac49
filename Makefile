# Two commands do everything on a machine with Python 3.11+, make and git: `make run`, `make test`.
# uv is used where it is found, else the standard venv and pip; versions are those of constraints.txt.
# builders/python.sh says which Python; another one: make run PYTHON=python3.12

PYTHON ?= $(shell sh builders/python.sh)
VENV ?= .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)
ARGS ?=

ifdef UV
  CREATE = uv venv --quiet --allow-existing --python "$(PYTHON)" $(VENV)
  INSTALL = uv pip install --quiet --python $(BIN)/python --constraint constraints.txt
else
  CREATE = $(PYTHON) -m venv $(VENV)
  INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
endif

.DEFAULT_GOAL := help
.PHONY: help run test lint unit bars horizons maps lock picture clean

help:  ## what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) -V 2>&1). \
Name another one: make run PYTHON=python3.12"; exit 1; }
	@$(CREATE)

$(VENV)/.run: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing ilrs into $(VENV) (about 600 MB with the ephemeris, once) …"
	@$(INSTALL) -e '.[all]'
	@touch $@

$(VENV)/.test: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing ilrs and its test tools into $(VENV) …"
	@$(INSTALL) -e '.[test]'
	@$(INSTALL) --no-deps 'pds.peppi>=0.7'  # it asks for an older pandas than the others here
	@touch $@ $(VENV)/.run

$(VENV)/.bench: pyproject.toml constraints.txt | $(BIN)/python
	@$(INSTALL) -e '.[test,bench,peers]'
	@touch $@ $(VENV)/.test $(VENV)/.run

run: $(VENV)/.run  ## install, then run the reference programme (more words: make run ARGS="--json")
	@$(BIN)/ilrs run $(ARGS)

test: lint unit  ## everything that must hold: style, types, import contracts, tests, docs

lint: $(VENV)/.test  ## ruff, mypy (strict), import contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

unit: $(VENV)/.test  ## the tests alone (make unit ARGS="-k horizon")
	@$(BIN)/python -m pytest -n auto --dist loadfile $(ARGS)

bars: $(VENV)/.bench  ## measure every bar (make bars BAR=run-warm for one)
	@$(BIN)/python -m benchmarks.bars $(BAR)

horizons: $(VENV)/.run  ## compute the reference sites' horizons anew from ../shared/data
	@$(BIN)/python builders/build_horizons.py ../shared/data/terrain

maps: $(VENV)/.run  ## compute the maps around them anew, likewise
	@$(BIN)/python builders/build_maps.py ../shared/data/terrain

lock: | $(BIN)/python  ## write constraints.txt from what is installed
	@$(INSTALL) -e '.[test,bench,peers]'
	@$(BIN)/python builders/lock.py > constraints.txt.new && mv constraints.txt.new constraints.txt

clean:  ## remove the environment and caches
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
