# Everything a developer or a new user types. `make help` lists it.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PY := .venv/bin/python
ARGS ?=

.PHONY: help setup packages demo up test attack faults fuzz fuzz-api focus lint fmt sbom bench bench-compile bench-engine bench-trl results schema lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Build .venv and the dashboard; starts nothing (TORCH_INDEX=URL: where a GPU host gets its torch)
	@sh scripts/setup.sh

packages: ## Only install what is locked; builds no dashboard
	@sh scripts/setup.sh --no-build

demo: setup ## Start the platform, train two models as a tenant, keep serving (ARGS=--once: exit after the results)
	@$(PY) -m demo $(ARGS)

up: setup ## Run the whole platform here, data in .data, port 8000 (ARGS="--port 0 …")
	@$(PY) manage.py up --data-dir .data --port 8000 $(ARGS)

test: setup ## Run every test (TRAINYARD_REQUIRE_ALL=1: fail when some could not run; ARGS="-k …")
	@$(PY) -m scripts.test $(ARGS)

faults: setup ## Do to a running platform all that docs/faults.md lists, often; takes hours (ARGS="-k …")
	@TRAINYARD_FAULTS=full $(PY) -m scripts.test -n 0 tests/faults tests/properties/billing tests/properties/jobs $(addprefix tests/functional/engine/test_,architecture_matrix_resumes.py data_parallel.py) $(ARGS)

attack: packages ## Try from inside a compilation, a training and a prediction what must not work, and 400 hostile uploads; print tables
	@PYTHONPATH=. $(PY) -W ignore -m tests.attack
	@PYTHONPATH=. $(PY) -W ignore -m tests.attack.hostile
	@$(PY) -m pytest -q tests/attack tests/unit/sandbox tests/unit/common tests/unit/worker/test_hostile_checkpoints.py \
		tests/unit/datasets/test_hostile_compilations.py $(ARGS)

fuzz: setup ## Try 20,000 odd uploads, and as many specs and questions, in two pieces; takes hours (ARGS="-k …")
	@TRAINYARD_FUZZ=full .venv/bin/python -m pytest -n 2 tests/properties/compiler \
		tests/properties/engine/test_odd_questions.py tests/properties/engine/test_odd_specs.py \
		tests/properties/engine/test_predictions_as_evaluated.py tests/integration/api_bodies $(ARGS)

fuzz-api: packages ## Let schemathesis ask platforms, on SQLite and on the PostgreSQL of TEST_POSTGRES_URL; takes hours (ARGS="--seconds 120 --least 1")
	@$(PY) scripts/bench_environment.py fuzz-api
	@PYTHONPATH=.:sdk:platform:workers:contracts .cache/fuzz-api-venv/bin/python -W ignore -m tests.api_fuzz $(ARGS)

focus: packages ## Hold the cost export against focus-validator, in a Python 3.12 of its own (TRAINYARD_FOCUS_PYTHON=PATH)
	@$(PY) scripts/focus_environment.py
	@$(PY) -m scripts.test tests/integration/api_billing/test_focus_validator.py $(ARGS)

lint: packages ## Check style, types and who imports whom, and the dashboard's types, style and format
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@.venv/bin/lint-imports
	@$(PY) -m mypy
	@$(PY) scripts/npm.py run check

fmt: packages ## Format and sort imports
	@$(PY) -m ruff check --fix-only --quiet .
	@$(PY) -m ruff format .

sbom: packages ## Write sbom.json and sbom-dashboard.json: what is installed, with versions and licences (CycloneDX)
	@$(PY) -m cyclonedx_py environment --output-reproducible --of JSON --output-file sbom.json $(PY)
	@$(PY) scripts/npm.py sbom --sbom-format=cyclonedx --package-lock-only --omit=dev > sbom-dashboard.json

bench: setup ## Measure: waits, memory, scheduling, claims (ARGS=scheduling: that part alone)
	@$(PY) -m benchmarks $(ARGS)

bench-compile: packages ## Measure how fast uploads are compiled (ARGS=--write: into docs/benchmarks.md)
	@$(PY) -m benchmarks.compile $(ARGS)

bench-engine: packages ## Measure the engine against its peers, in .cache/bench-venv (ARGS=--write: into docs/benchmarks.md)
	@$(PY) scripts/bench_environment.py
	@PYTHONPATH=workers:contracts .cache/bench-venv/bin/python -W ignore -m benchmarks.engine $(ARGS)

bench-trl: packages ## Measure fine-tuning of language models beside TRL's SFTTrainer, in .cache/trl-venv
	@$(PY) scripts/bench_environment.py trl
	@PYTHONPATH=workers:contracts .cache/trl-venv/bin/python -W ignore -m benchmarks.language.beside_trl $(ARGS)

results: packages ## Score a model of each task beside other libraries' on real data (ARGS=--write: into docs/results.md)
	@$(PY) -W ignore -m benchmarks.results $(ARGS)

schema: packages ## Write what follows from models anew: docs/architectures.md, spec.md, job-life.md, webhooks.md, errors.md, frontend/openapi.json and both clients
	@$(PY) scripts/architectures.py
	@$(PY) scripts/spec_reference.py
	@$(PY) scripts/job_life.py
	@$(PY) scripts/command_reference.py
	@$(PY) scripts/webhook_events.py
	@$(PY) scripts/error_codes.py
	@$(PY) scripts/permissions.py
	@$(PY) manage.py spectacular --format openapi-json --file frontend/openapi.json
	@$(PY) scripts/npm.py run generate
	@$(PY) scripts/client_types.py

lock: $(PY) ## Write requirements/*.txt from pyproject.toml (UPGRADE=1: newest versions)
	@$(PY) scripts/lock.py $(if $(UPGRADE),--upgrade)

# Any environment will do: locks that cannot be installed must not keep new ones from being written.
$(PY):
	@sh scripts/setup.sh --no-build

clean: ## Remove all that was built; keeps .data
	@rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache \
		frontend/node_modules frontend/dist test-results
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
