# `make run` and `make test` are all a newcomer types.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CODE := amara_api users teams videos subtitles activity manage.py
export DJANGO_SETTINGS_MODULE := amara_api.settings

.PHONY: run test check fix lock golden pictures languages thorough explore barriers generated fuzz clean

run: $(VENV)/.run
	@$(BIN)/python manage.py setup --demo
	@$(BIN)/python manage.py serve

test: $(VENV)/.dev
	@$(BIN)/python -m pytest

check: $(VENV)/.dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/mypy
	@$(BIN)/bandit --quiet --recursive --configfile pyproject.toml $(CODE) 2>$(VENV)/bandit.log \
		|| { cat $(VENV)/bandit.log; exit 1; }
	@$(BIN)/python -m tests.audit requirements.txt requirements-dev.txt
	@$(BIN)/python manage.py makemigrations --check --dry-run
	@$(BIN)/python -m tests.locks

fix: $(VENV)/.dev
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

# Rewrites the expected answers under tests/*/golden and those printed in the documentation; the diff
# is the review.
golden: $(VENV)/.dev
	@GOLDEN=write $(BIN)/python -m pytest tests/api/test_golden.py tests/stories tests/docs/test_examples.py

# Takes the pictures of the documentation anew, from the demo; look at them.
pictures: $(VENV)/.dev
	@PICTURES=write $(BIN)/python -m pytest -n 0 tests/pages/test_pictures.py

# Writes the table of CLDR's languages anew, from Babel's data.
languages: $(VENV)/.dev
	@$(BIN)/python -m tests.language_data

# The suite with all cases of its large matrices, where `make test` takes half of them on each database.
thorough: $(VENV)/.dev
	@MATRICES=whole BARRIERS=all $(BIN)/python -m pytest

# The suite's properties at leisure: many new examples of each.
TESTS ?= tests
explore: $(VENV)/.dev
	@HYPOTHESIS_PROFILE=explore $(BIN)/python -m pytest -m hypothesis --timeout=7200 $(TESTS)

# What axe-core says of every page of the admin, where the suite takes every third.
barriers: $(VENV)/.dev
	@BARRIERS=all $(BIN)/python -m pytest -n 2 tests/pages/test_admin_in_a_browser.py

# Requests made up from the OpenAPI description, against a server of its own.
generated: $(VENV)/.dev
	@$(BIN)/python -m tests.server.generated

# Lets a fuzzer invent files for one reader. What it learns and finds stays in .fuzz/FORMAT.
FORMAT ?= srt
SECONDS ?= 60
fuzz: $(VENV)/.dev
	@$(BIN)/python -c 'import atheris' 2>/dev/null || \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check atheris==3.0.0
	@$(BIN)/python -m tests.fuzz.fuzz_formats $(FORMAT) -max_total_time=$(SECONDS)

lock: $(VENV)/.dev
	@$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --upgrade -q -o requirements.txt
	@$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url -c requirements.txt -q -o requirements-dev.txt

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; PYTHON=... names another." if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt | $(VENV)/bin/python
	@echo "Installing what the server needs into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt requirements.txt | $(VENV)/bin/python
	@echo "Installing what the tests need into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@ $(VENV)/.run

clean:
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
