PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DEV_READY := $(VENV)/.ready-dev
PORT ?= 8001
# The locks name every package, so that pip has nothing to work out; Python compiles them below, on all cores.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps
LOCKED := $(PIP) --no-compile --require-hashes -r
LOCK := $(BIN)/pip-compile --quiet
PLACES := $(BIN)/ldn gazetteer --if-missing || echo "Places are not known: the search works, without distances."

.PHONY: install run demo test test-fast test-datasette-alpha lint bench lock places names clean

install: $(READY)

$(READY): requirements.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(LOCKED) requirements.txt
	PYTHONWARNINGS=ignore $(PIP) --no-build-isolation -e .
	@$(BIN)/python -m compileall -qq -j 0 -x '/(tests?|pip|setuptools)/' $(VENV)/lib || true
	touch $@

$(DEV_READY): $(READY) requirements-dev.txt
	$(LOCKED) requirements-dev.txt
	touch $@

# The main job: read the lists, build the directory, serve it. A list that cannot be read does not keep the site down;
# what went wrong is printed, and is the exit code of `ldn update`.
run: $(READY)
	@$(PLACES)
	@$(BIN)/ldn update || { code=$$?; test $$code -eq 1 || exit $$code; echo "Some sources were not read (exit code $$code of ldn update); the rest is served."; }
	@$(BIN)/ldn serve --port $(PORT)

demo: $(READY)
	@$(PLACES)
	@$(BIN)/ldn demo --port $(PORT)

# Files in their own order, which has the slow ones first; by itself xdist begins with those of many tests.
TESTS := $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

test: $(DEV_READY)
	$(TESTS)

test-fast: $(DEV_READY)
	$(TESTS) -m "not slow and not browser"

# Our pages in the newest alpha of Datasette 1.0, in an environment of its own that has everything else from the project's.
ALPHA := .venv-datasette-alpha
PACKAGES := -c 'import sysconfig; print(sysconfig.get_path("purelib"))'
test-datasette-alpha: $(DEV_READY)
	$(PYTHON) -m venv --clear $(ALPHA)
	$(ALPHA)/bin/python -m pip install --quiet 'datasette>=1.0a0'
	echo "import site; site.addsitedir('$$($(BIN)/python $(PACKAGES))')" > "$$($(ALPHA)/bin/python $(PACKAGES))/project.pth"
	LDN_DATASETTE_ALPHA=$(abspath $(ALPHA))/bin/datasette $(BIN)/python -m pytest -n 0 tests/site/test_plain_datasette.py -k alpha

lint: $(DEV_READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The Febrl data sets that benchmarks read come in a package whose code is not run: what it needs is not installed.
bench: $(DEV_READY)
	$(LOCKED) requirements-bench.txt
	$(BIN)/python -m bench $(ONLY)

# pyproject.toml has the options of pip-compile.
lock: $(DEV_READY)
	$(LOCK) -o requirements.txt requirements.in
	$(LOCK) -o requirements-dev.txt requirements-dev.in
	$(LOCK) -o requirements-tools.txt requirements-tools.in

# The packed table of places, made again from the packages that carry it (docs/data-sources.md).
places: $(READY) requirements-tools.txt
	$(LOCKED) requirements-tools.txt
	$(BIN)/python -m tools.pack_places

# The packed table of names, made again from the packages that carry the lists (docs/data-sources.md).
names: $(READY) requirements-tools.txt
	$(LOCKED) requirements-tools.txt
	npm install --no-save --prefix .names $(addprefix @zxcvbn-ts/language-,cs@3.0.1 de@3.0.2 es-es@4.1.2 fi@3.0.2 fr@4.1.2 ja@3.0.2 nl-be@3.0.2 pl@3.0.2 pt-br@4.1.1)
	$(BIN)/python -m tools.pack_names .names/node_modules

clean:
	rm -rf $(VENV) $(ALPHA) .names .pytest_cache .mypy_cache .ruff_cache
