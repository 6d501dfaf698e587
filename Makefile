# Andon. `make` alone lists what there is.
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help run test check deploy-check eb-client rehearse e2e bench load lock format clean soak

help: ## list the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z0-9-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/installed ## serve a seeded, simulated plant on http://127.0.0.1:8000 (PORT=8080 for another)
	@exec $(BIN)/python -m lab.run

test: .venv/installed ## prove it, on a real Valkey and a real PostgreSQL
	@$(BIN)/python -m pytest -n auto -q

check: .venv/installed ## style, types, floors
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

deploy-check: .venv/installed ## may this tree be deployed, what would come of it, what does it cost (SINCE=commit, what is deployed)
	@$(BIN)/python -m lab.deploycheck $(if $(SINCE),--since $(SINCE)) $(foreach name,$(REPLACING),--replacing $(name))

eb-client: .venv-eb/installed ## the real eb client against a stand-in of AWS: what it uploads, sets and says (3 minutes)
	@$(BIN)/python -m lab.ebapi

rehearse: .venv/installed ## a rolling deployment under load, without AWS: nothing may fail (five minutes)
	@$(BIN)/python -m lab.rehearsal

e2e: .venv/installed ## a real browser watches the board (needs Debian's chromium)
	@sh lab/chromium.sh && $(BIN)/python -m pytest -q -m e2e tests/journeys

bench: .venv-bench/installed .venv-leaderboard/installed ## what we cost, beside the engines' own cost and our peers; writes docs/benchmarks.md (ONLY=sessions, scale …: that part alone)
	@.venv-bench/bin/python -m benchmarks $(ONLY)

soak: .venv/installed ## the long searches: minutes to an hour
	@$(BIN)/python -m pytest -q -n auto -m soak tests/cache tests/sessions

load: .venv/installed ## one instance under load for 30 s, and whether all of it was stored once
	@$(BIN)/python -m benchmarks.load

lock: .venv/installed ## compile requirements*.in into requirements*.txt, newest versions that fit
	$(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header requirements.in -o requirements.txt
	$(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -c requirements.txt requirements-dev.in -o requirements-dev.txt
	$(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -c requirements-dev.txt requirements-bench.in -o requirements-bench.txt
	$(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header requirements-eb.in -o requirements-eb.txt
	$(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header requirements-leaderboard.in -o requirements-leaderboard.txt

format: .venv/installed ## write the code the way `make check` wants it
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean: ## forget the environment and the data of `make run`
	rm -rf .venv .venv-bench .venv-leaderboard .venv-eb .andon .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.venv/installed: requirements-dev.txt
	@sh lab/install.sh "$(PYTHON)"
	@touch $@

# An environment of its own: what the query cache's peers bring along stays out of the suite's.
.venv-bench/installed: requirements-bench.txt .venv/installed
	@echo "Installing the query cache's peers into .venv-bench with uv ..."
	@umask 022 && $(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv-bench && \
	  $(BIN)/uv pip install --compile-bytecode --python .venv-bench/bin/python --require-hashes -r $<
	@touch $@

# One peer works with no redis-py of this decade.
.venv-leaderboard/installed: requirements-leaderboard.txt .venv/installed
	@echo "Installing leaderboard-python into .venv-leaderboard with uv ..."
	@umask 022 && $(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv-leaderboard && \
	  $(BIN)/uv pip install --python .venv-leaderboard/bin/python --require-hashes -r $<
	@touch $@

# The eb client pins packages of its own, older than ours.
.venv-eb/installed: requirements-eb.txt .venv/installed
	@echo "Installing the eb client into .venv-eb with uv ..."
	@umask 022 && $(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv-eb && \
	  $(BIN)/uv pip install --compile-bytecode --python .venv-eb/bin/python --require-hashes -r $<
	@touch $@
