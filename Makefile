# `make demo` and `make test` do everything on a fresh machine; they need python3, make and the package index.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# A lock names all that is needed, so nothing is worked out again (what lacks, `pip check` says); and only what is used is compiled, once it is.
PIP := --quiet --disable-pip-version-check --no-deps --no-compile
# Many tests start a command; without bytecode each would compile six hundred modules first.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo docs test test-all check types lint audit sbom bench mutants lock clean

$(STAMP): pyproject.toml requirements.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install $(PIP) --require-hashes -r requirements.lock
	$(BIN)/python -m pip install $(PIP) --no-build-isolation --editable .
	$(BIN)/python -m pip check --disable-pip-version-check
	touch $(STAMP)

demo: $(STAMP)
	$(BIN)/yance demo transport --out runs/demo

check: $(STAMP)
	@$(MAKE) --no-print-directory -j2 types lint

types:
	$(BIN)/mypy

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

test: check
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow" --cov=conformance --cov-branch --cov-report=
	$(BIN)/coverage report --skip-covered --fail-under=88

test-all: check $(VENV)/audit/.installed
	$(BIN)/python -m pytest
	$(MAKE) audit

# Asks the package index, or else OSV, for what is known of the locked versions, so it needs the network; nothing else of the tests does.
# Strict: a version that could not be asked about was not audited, and that is no success; tests/audit.py says what came.
AUDIT := $(VENV)/audit
$(AUDIT)/.installed: audit.lock
	$(PYTHON) -m venv $(AUDIT)
	$(AUDIT)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r audit.lock
	touch $(AUDIT)/.installed

audit: $(AUDIT)/.installed
	$(AUDIT)/bin/python -m tests.audit

# What the suite is made of, from its lock: CycloneDX, for whoever installs it. The same lock gives the same bytes.
sbom: $(STAMP)
	mkdir -p dist
	$(BIN)/python -m tests.sbom > dist/yance.cdx.json

# The documentation as a site in dist/site: the pages of docs/, and one for each check, made of its docstring.
DOCS := $(VENV)/docs
$(DOCS)/.installed: docs.lock
	$(PYTHON) -m venv $(DOCS)
	$(DOCS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r docs.lock
	touch $(DOCS)/.installed

docs: $(STAMP) $(DOCS)/.installed
	$(BIN)/python -m tests.pages
	$(DOCS)/bin/mkdocs build --quiet

# Most of it is the campaign: 300 targets take about half an hour on two quiet cores; `make bench TARGETS=30` measures fewer.
TARGETS ?= 300
bench: $(STAMP)
	$(BIN)/python -m tests.bench
	$(BIN)/python -m tests.bench_changes
	$(BIN)/python -m tests.bench_impact
	$(BIN)/python -m tests.bench_campaign --size $(TARGETS)
	$(BIN)/python -m tests.bench_documents

# Detection by family on mutants of the two servers; about twenty minutes on two cores. Ends with 1 when a survivor is not explained.
mutants: $(STAMP)
	$(BIN)/python -m tests.mutants

# Needs uv; writes one lock for Python 3.11 to 3.13 without an index line, one for the audit and one for the documentation.
LOCK := uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-strip-extras
lock:
	$(LOCK) --extra dev pyproject.toml --output-file requirements.lock
	echo 'pip-audit>=2.9' | $(LOCK) - --output-file audit.lock
	echo 'mkdocs>=1.6' | $(LOCK) - --output-file docs.lock

clean:
	rm -rf $(VENV) dist runs .coverage* .mypy_cache .ruff_cache .pytest_cache
