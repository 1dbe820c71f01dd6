# Two commands set everything up: `make demo` and `make test`. Needs Python >= 3.11, make and the package index.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: setup demo test test-all lint bench clean

setup: $(STAMP)

$(STAMP): pyproject.toml uv.lock .uv-requirements.txt
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r .uv-requirements.txt
	VIRTUAL_ENV=.venv $(BIN)/uv sync --quiet --frozen --all-extras --active --inexact --compile-bytecode
	$(BIN)/python -m compileall -q reconciler
	touch $@

# A throw-away copy of the embedded Welkin: the demo starts from an empty clinic every time.
demo: setup
	@rm -rf examples/.welkin-reconcile
	@printf '==> 1. What would happen? (plan)\n\n'
	cd examples && ../$(BIN)/welkin-reconcile plan env/sb-demo.yaml --simulator
	@printf '\n==> 2. Do it. (apply)\n\n'
	cd examples && ../$(BIN)/welkin-reconcile apply env/sb-demo.yaml --simulator --auto-approve
	@printf '\n==> 3. Once more: is anything left to do? (plan)\n\n'
	cd examples && ../$(BIN)/welkin-reconcile plan env/sb-demo.yaml --simulator --detailed-exitcode

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: lint
	$(BIN)/pytest

test-all: lint
	VIRTUAL_ENV=.venv $(BIN)/uv sync --quiet --frozen --all-extras --group contract --active --inexact
	$(BIN)/pytest -m ''

bench: setup
	$(BIN)/python tests/benchmarks/__main__.py

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache examples/.welkin-reconcile
