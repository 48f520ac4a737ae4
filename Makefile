# Everything a developer types. `make` alone lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# Python 3.13 where there is one that starts, as on Lambda; any python3 from 3.11 on otherwise.
PYTHON := $(shell for each in "$$(command -v python3.13)" "$$HOME"/.pyenv/versions/3.13*/bin/python3.13 "$$(command -v python3)"; do \
	if [ -n "$$each" ] && "$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo "$$each"; break; fi; done)

VENV := .venv/bin
DEV := .venv/.made
MINISTACK := .venv-ministack/.made
SAM := .venv-sam/.made
PIP := -m pip install --quiet --disable-pip-version-check --no-deps --no-compile
# $(call packages,ENVIRONMENT,LOCK FILE): uv, itself from pip, is many times faster; pip does the same where uv finds no way out.
packages = $(1)/bin/python $(PIP) $$(grep -E '^uv==' requirements/dev.txt) && \
	{ $(1)/bin/uv pip install --quiet --no-deps --python $(1)/bin/python -r $(2) || $(1)/bin/python $(PIP) -r $(2); }
export SAM_CLI_TELEMETRY := 0

# As tests/e2e/conftest.py looks for it.
CHROMIUM := $(shell command -v chromium-headless-shell || command -v chromium || command -v chromium-browser || command -v google-chrome)
# LONG=1: every scenario of the fault sweep and ten times the interleavings.
LONG ?= 0
export LONG
# File by file: the tests of a file share a local cloud, a portal, a sign-in.
BROWSER_TESTS := $(VENV)/pytest tests/e2e --numprocesses 2 --dist loadfile
FAST_SUITES := tests/unit tests/property tests/contract tests/integration
# Months of the real two years that `make replay` works through.
MONTHS ?= 24

.PHONY: help run test check fast e2e faults fuzz interleaving replay bench lint types openapi template build deploy-local lock install clean

help:  ## List the targets.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## (.*)/  \1|\2/' | column -t -s '|'

# ------------------------------------------------------------------ people

run: $(DEV) $(MINISTACK)  ## Start the whole of Duebook on this machine (PORT= moves it).
	@exec $(VENV)/python -m local.run

test: $(DEV) $(MINISTACK)  ## Every suite, browser stories too where there is a Chromium.
	$(VENV)/pytest $(FAST_SUITES) tests/processors --numprocesses 2
	$(VENV)/pytest tests/fuzz --numprocesses 2
	$(VENV)/pytest tests/faults --numprocesses 2
ifneq ($(CHROMIUM),)
	$(BROWSER_TESTS)
else ifeq ($(CI),true)
	@echo 'No Chromium: the browser stories cannot run.' >&2; exit 1
else
	@echo 'No Chromium found: the browser stories (make e2e) were not run.'
endif

check: $(DEV) $(MINISTACK)  ## The gate before a commit: format, lint, types, imports, fast suites.
	@$(MAKE) --no-print-directory --jobs=2 --keep-going --output-sync=target fast lint types

fast: $(DEV) $(MINISTACK)  ## Unit, property, contract and integration tests, two processes at a time.
	$(VENV)/pytest $(FAST_SUITES) --quiet --numprocesses 2

e2e: $(DEV) $(MINISTACK)  ## People's stories in a real browser over the local cloud.
	$(BROWSER_TESTS)

faults: $(DEV) $(MINISTACK)  ## Crash, time out, throttle and fail at every call (LONG=1 for all of it).
	$(VENV)/pytest tests/faults --numprocesses 2

fuzz: $(DEV)  ## Call every operation of the OpenAPI document with what it allows and forbids, in every role.
	$(VENV)/pytest tests/fuzz --numprocesses 2

interleaving: $(DEV) $(MINISTACK)  ## Replay one seed of the interleaved actors, call by call (SEED=42).
	@test -n "$(SEED)" || { echo 'Which one? make interleaving SEED=42' >&2; exit 1; }
	SEED=$(SEED) $(VENV)/pytest tests/faults/test_interleavings.py --quiet --capture=no -k '[0]'

replay: $(DEV) $(MINISTACK)  ## Two real years day by day against a plain computation (MONTHS=6 for less).
	$(VENV)/python -m local.replay --months $(MONTHS)

bench: $(DEV) $(MINISTACK)  ## Measure the budgets and print them beside their limits.
	$(VENV)/python -m bench

# ------------------------------------------------------------------ code

lint: $(DEV)  ## Format, lint, import directions.
	$(VENV)/ruff format --check .
	$(VENV)/ruff check .
	$(VENV)/lint-imports

types: $(DEV)  ## mypy, strict.
	$(VENV)/mypy

openapi: $(DEV)  ## Write docs/openapi.json anew from the routes of the code.
	$(VENV)/python -m local.openapi

# ------------------------------------------------------------------ AWS

template: $(DEV) $(SAM)  ## Validate the template with cfn-lint and SAM, and measure what it becomes.
	$(VENV)/cfn-lint template.yaml
	AWS_DEFAULT_REGION=us-east-1 .venv-sam/bin/sam validate --lint
	.venv-sam/bin/python -m local.stack_size

build: $(DEV) $(SAM)  ## Build the portal, and the layers as Lambda runs them (arm64), without Docker.
	$(VENV)/python portal/build.py
	find functions -name __pycache__ -type d -prune -exec rm -rf {} +
	PATH="$(CURDIR)/.venv-sam/bin:$$PATH" sam build
	@! find .aws-sam/build/DepsLayer .aws-sam/build/PdfLayer -name '*.so' ! -name '*aarch64*' ! -name '*.abi3.so' | grep . || { echo 'Wheels of another platform.' >&2; exit 1; }
	@du -sm .aws-sam/build/*Layer | awk '{sum += $$1; print} END {print sum " MB of layers, 250 MB allowed"; exit sum > 250}'

deploy-local: $(DEV) $(MINISTACK) $(SAM)  ## sam build and sam deploy onto the local cloud, then pay a balance through what was deployed.
	$(VENV)/python -m local.deploy_check

# ------------------------------------------------------------------ tools

install: $(DEV) $(MINISTACK) $(SAM)  ## All three environments.

$(DEV): requirements/dev.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo 'Python 3.11 or newer is needed.' >&2; exit 1; }
	@$(VENV)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv .venv
	@echo 'Installing the development packages.'
	@$(call packages,.venv,requirements/dev.txt)
	@$(VENV)/python $(PIP) --no-build-isolation --editable .
	@touch $@

$(MINISTACK): requirements/ministack.txt
	@test -n "$(PYTHON)" || { echo 'Python 3.11 or newer is needed.' >&2; exit 1; }
	@.venv-ministack/bin/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv .venv-ministack
	@echo 'Installing the local cloud.'
	@$(call packages,.venv-ministack,$<)
	@touch $@

$(SAM): requirements/sam.txt
	@test -n "$(PYTHON)" || { echo 'Python 3.11 or newer is needed.' >&2; exit 1; }
	@.venv-sam/bin/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv .venv-sam
	@echo 'Installing the SAM command line.'
	@$(call packages,.venv-sam,$<)
	@touch $@

# What chalice needs only for its own command line stays out of the layer.
LAYER_LEAVES_OUT := ansicon blessed click editor inquirer jinxed pip pyyaml readchar runs setuptools wcwidth wheel xmod
UV_LOCK := $(VENV)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --no-header --no-annotate --no-emit-index-url --no-emit-find-links

lock: $(DEV)  ## Pin newer versions of every package.
	$(UV_LOCK) $(LAYER_LEAVES_OUT:%=--no-emit-package %) layers/deps/requirements.in -o layers/deps/requirements.txt
	$(UV_LOCK) layers/pdf/requirements.in -o layers/pdf/requirements.txt
	for each in dev ministack sam; do $(UV_LOCK) requirements/$$each.in -o requirements/$$each.txt; done
	for each in layers/*/requirements.txt requirements/*.txt; do \
		sed -i -e '/^-/d' -e "1i # Made by 'make lock' from the .in file of the same name; do not edit." $$each; done

clean:  ## Forget builds and the local cloud's state; the environments stay.
	rm -rf .aws-sam .duebook build portal/dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
