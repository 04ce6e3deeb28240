# Every target sets up .venv by itself the first time; after that nothing here needs the network.

.DEFAULT_GOAL := help
.PHONY: help install demo test check backends faults real bench dist constraints

# tests and measurements start the hub hundreds of times: it need not be compiled each time
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --require-virtualenv
PLUGINS := $(wildcard plugins/*/pyproject.toml)
PYTHONS := python3.13 python3.12 python3.11 python3

help: ## Show what can be made
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r name text; \
	do printf '  make %-12s %s\n' "$$name" "$$text"; done

install: $(VENV)/installed ## Set up .venv with the hub, every plugin and the tools

demo: install ## Run the hub against an emulated portal with a chat page; needs no account
	$(BIN)/hub demo

test: install ## Run the fast tests
	$(BIN)/pytest -n 2

check: install ## Do what CI does: format, lint, types, architecture, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy hub bench $(wildcard plugins/*/hub_plugin_*)
	$(BIN)/lint-imports --no-logo
	$(MAKE) --no-print-directory test

backends: install ## Run every test that has a hub on SQLite, on PostgreSQL with Redis and with RabbitMQ
	for backend in sqlite redis rabbitmq; do \
		echo "$$backend"; \
		$(BIN)/pytest -n 2 --hub-backend=$$backend tests/pipeline tests/e2e plugins || exit 1; \
	done

faults: install ## Run the tests that kill and restart processes
	$(BIN)/pytest -m faults

real: install ## Run the tests that need a real Alertmanager or Zabbix; as root on Debian they are installed first
	.ci/packages prometheus-alertmanager postgresql zabbix-server-pgsql zabbix-frontend-php php-cli php-pgsql
	$(BIN)/pytest -m real

bench: install ## Measure every goal into bench/results.md, about half an hour on an idle machine; needs wrk and gcc
	.ci/packages wrk gcc libc6-dev redis-server rabbitmq-server postgresql
	$(BIN)/python -m bench

dist: install ## Build the distributions of the hub and of every plugin into dist/
	rm -rf dist
	for project in . $(PLUGINS:/pyproject.toml=); do \
		(cd "$$project" && "$(CURDIR)/$(BIN)/hatchling" build --directory "$(CURDIR)/dist") || exit 1; \
	done

constraints: ## Pin the newest versions that fit together; run the checks afterwards
	rm -rf $(VENV) && : > constraints.txt
	$(MAKE) --no-print-directory install
	$(BIN)/python -m pip freeze --all --exclude-editable > constraints.txt
	touch $(VENV)/installed

$(VENV)/installed: $(BIN)/python pyproject.toml $(PLUGINS) constraints.txt
	$(PIP) install --quiet --upgrade --constraint constraints.txt pip hatchling editables setuptools
	$(PIP) install --quiet --constraint constraints.txt --no-build-isolation --group dev \
		--editable '.[postgres,test]' $(PLUGINS:%/pyproject.toml=--editable %)
	touch $@

$(BIN)/python:
	@for python in $(PYTHONS); do \
		"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
		"$$python" -c 'import ensurepip' 2>/dev/null || { without="$$python"; continue; }; \
		echo "creating $(VENV) with $$("$$python" --version)"; \
		exec "$$python" -m venv --clear $(VENV); \
	done; \
	if [ -n "$$without" ]; then \
		echo "$$without cannot make virtual environments; on Debian: apt-get install python3-venv" >&2; \
	else \
		echo "the hub needs Python 3.11 or newer; install it, or put it on PATH as python3" >&2; \
	fi; \
	exit 1
