# make run   sets everything up and opens the window
# make test  sets everything up and runs the whole suite
.PHONY: run demo setup setup-dev test check bench bench-peers fuzz screenshots package lock clean
.DEFAULT_GOAL := run

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
PY := .venv/bin/python

setup:
	@test -n "$(PYTHON)" || { echo "curator: no Python 3.11 or newer was found. Install one, then run make again."; exit 1; }
	@$(PYTHON) packaging/prepare.py

setup-dev:
	@test -n "$(PYTHON)" || { echo "curator: no Python 3.11 or newer was found. Install one, then run make again."; exit 1; }
	@$(PYTHON) packaging/prepare.py --dev

run: setup
	@if [ "$$(uname)" = Darwin ] || [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ]; then \
		exec $(PY) -m curator; \
	else \
		echo "curator: there is no display here, so this is the demo in the terminal (curator demo)."; \
		exec $(PY) -m curator demo; \
	fi

demo: setup
	@$(PY) -m curator demo

test: setup-dev
	@$(PY) -m pytest -q -n auto --dist loadfile $(ARGS)

check: setup-dev
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

bench: setup-dev
	@$(PY) tests/benchmarks/run_all.py

# Installs two other programs into build/peers.
bench-peers: setup-dev
	@$(PY) tests/benchmarks/compare_peers.py $(ARGS)

# Installs a fuzzer into build/fuzz. ARGS="--seconds 600" for longer.
fuzz: setup-dev
	@test -x build/fuzz/bin/python || $(PYTHON) -m venv build/fuzz
	@build/fuzz/bin/python -m pip install -q atheris msgspec xxhash zstandard
	@build/fuzz/bin/python tests/fuzz/fuzz_formats.py $(or $(ARGS),--seconds 60)

screenshots: setup-dev
	@$(PY) tests/journeys/screenshots.py resources/screenshots

# The packaged app for this computer, into dist/. ARGS="--quick" for a look at it.
package: setup
	@$(PYTHON) packaging/build.py $(ARGS)

# The locks carry versions and hashes, never an address. Needs uv.
lock:
	@for name in run dev; do \
		extra=$$([ $$name = dev ] && echo "--extra dev"); \
		uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
			$$extra pyproject.toml -o packaging/requirements/$$name.txt; done
	@printf "hatchling\neditables\n" | uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
		- -o packaging/requirements/build.txt
	@printf "pyinstaller\npatchelf; sys_platform == 'linux'\n" | uv pip compile -q --universal --python-version 3.11 --generate-hashes \
		--no-annotate --no-header -c packaging/requirements/run.txt - -o packaging/requirements/package.txt

clean:
	@rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
