# make demo: the main job on the sample province. make test: everything the tests need, then all of them.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet
ONLY   ?=
SEED   ?= 1
N      ?=

.PHONY: demo test lint format words sample lock bench long clean

demo: $(VENV)/.base
	$(BIN)/qianyun demo

test: $(VENV)/.dev system-packages
	$(BIN)/python -m pytest -n 2 --dist worksteal

lint: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	cd playbooks && PATH="$(CURDIR)/$(BIN):$$PATH" ansible-lint --offline --profile production

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.dev
	$(BIN)/python tests/benchmarks/run.py $(ONLY)

long: $(VENV)/.dev system-packages
	$(BIN)/python tests/long/run.py --seed $(SEED) $(if $(N),--count $(N)) $(ONLY)

sample: $(VENV)/.base
	$(BIN)/python -m inventory.generator

words: $(VENV)/.dev
	$(BIN)/python -m qianyun.locales.renew

lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --group dev --all-extras pyproject.toml -o requirements/dev.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  -c requirements/dev.txt pyproject.toml -o requirements/base.txt

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Qianyun needs Python 3.11 or newer; set PYTHON=")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.base: requirements/base.txt pyproject.toml $(wildcard qianyun/locales/*/LC_MESSAGES/*.po) | $(VENV)/bin/python
	$(PIP) install --require-hashes -r requirements/base.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	$(BIN)/python -m qianyun.plan.warm
	touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.base
	$(PIP) install --require-hashes -r requirements/dev.txt
	touch $@

.PHONY: system-packages
system-packages:
	@tests/system-packages

clean:
	rm -rf build $(VENV)
