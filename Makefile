# Two commands set everything up: `make demo` and `make test`. Needs Python >= 3.11, make and the package index.
PYTHON ?= python3
# Each other Python has an environment of its own: `make test PYTHON=python3.13`.
VENV := .venv$(if $(filter-out python3,$(PYTHON)),-$(notdir $(PYTHON)))
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
SYNC := VIRTUAL_ENV=$(VENV) $(BIN)/uv sync --quiet --frozen --all-extras --active --inexact
VERSION := $(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' reconciler/__init__.py)
# In which rooms `make mutants` looks, and for how long.
ROOMS ?= dates plan kinds
MUTANTS_TIME ?= 2h

.PHONY: setup help demo fmt lint test test-all versions cover mutants page bench release clean

setup: $(STAMP)  ## a virtual environment, from the lock file

$(STAMP): pyproject.toml uv.lock .uv-requirements.txt
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r .uv-requirements.txt
	@$(SYNC) --compile-bytecode
	@$(BIN)/python -m compileall -q reconciler
	@touch $@

help:  ## what there is to make
	@awk -F ':.*  ## ' '/^[a-z-]+:.*  ## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# A throw-away copy of the embedded Welkin: the demo starts from an empty clinic every time.
demo: setup  ## an embedded Welkin: plan the example clinic, apply it, plan again
	@rm -rf examples/.welkin-reconcile
	@printf '==> 1. What would happen? (plan)\n'
	@mkdir examples/.welkin-reconcile
	@cd examples && ../$(BIN)/welkin-reconcile plan env/sb-demo.yaml --simulator --out .welkin-reconcile/demo.json
	@printf '\n==> 2. Do it. (apply)\n'
	@cd examples && ../$(BIN)/welkin-reconcile apply .welkin-reconcile/demo.json --simulator --auto-approve
	@printf '\n==> 3. Once more: is anything left to do? (plan)\n'
	@cd examples && ../$(BIN)/welkin-reconcile plan env/sb-demo.yaml --simulator --detailed-exitcode

fmt: setup  ## mend what can be mended by itself, and format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lint: setup  ## style, format, strict types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Twice as many tests at once as there are cores, as most of them wait for processes, sockets and leases.
PARALLEL := --numprocesses $(shell expr 2 \* $$(nproc 2>/dev/null || echo 2)) --dist worksteal
PYTEST := $(BIN)/pytest $(PARALLEL)

test: lint  ## that, and all tests that take seconds
	$(PYTEST)

test-all: lint  ## and what is slow: the fault matrix, long fuzzing, generated requests, pages in a browser, the wheel
	$(SYNC) --group browser --group build --group contract
	$(PYTEST) -m ''

versions:  ## `make test` with each Python that is here
	@for version in 3.11 3.12 3.13 3.14; do \
	  if python$$version -c '' 2>/dev/null; then $(MAKE) test PYTHON=python$$version || exit 1; \
	  else echo "no python$$version here"; fi; done

cover: setup  ## how much of the code the tests run, branch by branch, and not less than before
	$(SYNC) --group cover
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest $(PARALLEL)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

# What it has found out is kept in mutants/: a run that its time has ended goes on where it was.
mutants: setup  ## which small faults in dates, plan and kinds no test there would notice; takes hours
	$(SYNC) --group mutants
	timeout $(MUTANTS_TIME) $(BIN)/mutmut run $(ROOMS:%='reconciler.%.*') || test $$? = 124
	$(BIN)/mutmut results | sed '/: not checked/d'

page: setup  ## the README's tables of manifests' keys, from the schemas
	$(BIN)/python -m tests.support.manifest_page

# Compiled first: where Python may write no bytecode, each process would compile what was edited since `make setup`.
bench: setup  ## whole processes against the bare loop of the same requests
	@$(BIN)/python -m compileall -q reconciler
	$(BIN)/python tests/benchmarks/__main__.py

# The version stands in reconciler/__init__.py, what is new in it in CHANGELOG.md. Pushing is left to a person.
release: test-all  ## check all, build the wheel in dist/, tag the version
	test -z "$$(git status --porcelain)"
	grep -q '^## $(VERSION)' CHANGELOG.md
	$(BIN)/uv build --quiet --wheel --no-build-isolation --python $(BIN)/python --out-dir dist
	git tag --annotate v$(VERSION) --message 'welkin-reconcile $(VERSION)'

clean:  ## forget environments, caches and what the demo made
	rm -rf .venv .venv-* .mypy_cache .ruff_cache .pytest_cache .coverage* mutants examples/.welkin-reconcile
