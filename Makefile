# `make demo` and `make test` do everything on a fresh machine; they need python3, make and the package index.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test test-all check bench lock clean

$(STAMP): pyproject.toml requirements.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $(STAMP)

demo: $(STAMP)
	$(BIN)/yance demo transport --out runs/demo

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check
	$(BIN)/python -m pytest -n 2 -m "heavy and not slow"
	$(BIN)/python -m pytest -n 2 -m "not heavy and not slow" --cov=conformance --cov-branch --cov-report=term:skip-covered --cov-fail-under=88

test-all: check
	$(BIN)/python -m pytest

bench: $(STAMP)
	$(BIN)/python -m tests.bench

# Needs uv; writes one lock for Python 3.11 to 3.13 without an index line.
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-strip-extras \
	  --extra dev pyproject.toml --output-file requirements.lock

clean:
	rm -rf $(VENV) runs .coverage* .mypy_cache .ruff_cache .pytest_cache
