# Andon. `make` alone lists what there is.
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help run test check deploy-check eb-client rehearse cluster chaos e2e pictures bench load load-worker lock format clean soak

help: ## list the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z0-9-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/installed ## serve a seeded, simulated plant on http://127.0.0.1:8000 (PORT=8080 for another)
	@exec $(BIN)/python -m lab.run

test: .venv/installed ## prove it, on a real Valkey and a real PostgreSQL
	@$(BIN)/python -m pytest -n auto --dist worksteal -q

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

cluster: .venv/installed ## instances behind a load balancer, a replicated cache, PostgreSQL (INSTANCES=3, CACHE=replicas or cluster, PORT=8080)
	@exec $(BIN)/python -m lab.cluster $(if $(INSTANCES),--instances $(INSTANCES)) $(if $(CACHE),--cache $(CACHE))

chaos: $(if $(filter none,$(LOAD)),.venv/installed,.venv-bench/installed) ## break that cluster in ten ways under load, and judge what everybody saw (six minutes; FAULT=name: that alone; LOAD=none: without Locust)
	@exec $(BIN)/python -m lab.chaos $(if $(INSTANCES),--instances $(INSTANCES)) $(if $(CACHE),--cache $(CACHE)) $(if $(FAULT),--fault $(FAULT)) \
	  $(if $(LOAD),--load $(LOAD))

e2e: .venv/installed ## a real browser watches the board (needs Debian's chromium)
	@sh lab/chromium.sh && $(BIN)/python -m pytest -q -m e2e tests/journeys

pictures: .venv/installed ## take the pictures of docs/images anew, of a plant of their own (three minutes)
	@sh lab/chromium.sh && $(BIN)/python -m lab.pictures

bench: .venv-bench/installed .venv-leaderboard/installed ## what we cost, beside the engines' own cost and our peers; writes docs/benchmarks.md (ONLY=sessions, scale …: that part alone)
	@.venv-bench/bin/python -m benchmarks $(ONLY)

soak: .venv/installed ## the long searches: minutes to an hour
	@$(BIN)/python -m pytest -q -n auto -m soak tests/cache tests/sessions tests/web

load: .venv-bench/installed ## people, gateways and screens for a minute, with the cache and without, and a report (INSTANCES=2 behind a load balancer, BASE=https://… for another place; docs/load.md)
	@$(BIN)/python -m benchmarks.load $(if $(BASE),--base $(BASE)) $(if $(SECONDS),--seconds $(SECONDS)) \
	  $(if $(SCREENS),--screens $(SCREENS)) $(if $(PEOPLE),--people $(PEOPLE)) $(if $(GATEWAYS),--gateways $(GATEWAYS)) \
	  $(if $(MEMBERS),--members $(MEMBERS)) $(if $(WORKERS),--workers $(WORKERS)) $(if $(AWAY),--away $(AWAY)) \
	  $(if $(SHAPE),--shape $(SHAPE)) $(if $(INSTANCES),--instances $(INSTANCES))

load-worker: .venv-bench/installed ## more of Locust's workers for a `make load` with AWAY on another machine (MASTER=host, WORKERS)
	@.venv-bench/bin/python -m locust -f benchmarks/load/locustfile.py --worker --master-host $(MASTER) --processes $(or $(WORKERS),1)

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

# An environment of its own: what Locust and the query cache's peers bring along stays out of the suite's.
.venv-bench/installed: requirements-bench.txt .venv/installed
	@echo "Installing Locust and the query cache's peers into .venv-bench with uv ..."
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
