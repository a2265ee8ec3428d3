# Every verb of the project. `make help` lists them.
PYTHON ?= python3
BIN := .venv/bin
DISTRIBUTIONS := libs/contracts libs/stream libs/web libs/cli services/waste services/alerts
STAMP := .venv/.installed

.DEFAULT_GOAL := help
.PHONY: help setup lock

help:  ## list the verbs
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP)  ## make .venv and install everything that is locked

$(STAMP): requirements.lock infra/uv.lock pyproject.toml $(DISTRIBUTIONS:=/pyproject.toml)
	@$(PYTHON) -c 'import sys; sys.exit("Talaia needs Python 3.11 or newer, this is " + sys.version.split()[0] + ". Set PYTHON=python3.12, say.") if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r infra/uv.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation $(addprefix -e ,$(DISTRIBUTIONS))
	@touch $@

lock: $(BIN)/uv  ## resolve requirements.lock anew: versions and hashes, no addresses
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-emit-index-url \
	  --custom-compile-command "make lock" $(foreach d,$(DISTRIBUTIONS),--no-emit-package talaia-$(notdir $(d))) --group dev \
	  $(DISTRIBUTIONS:=/pyproject.toml) -o requirements.lock
