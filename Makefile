PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DEV_READY := $(VENV)/.ready-dev
PORT ?= 8001

.PHONY: install run demo test test-datasette-alpha lint bench lock clean

install: $(READY)

$(READY): requirements.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

$(DEV_READY): $(READY) requirements-dev.txt
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.txt
	touch $@

# The main job: read the lists, build the directory, serve it. A list that cannot be read does not keep the site down;
# what went wrong is printed, and is the exit code of `ldn update`.
run: $(READY)
	@$(BIN)/ldn gazetteer --if-missing || echo "Places are not known: the search works, without distances."
	@$(BIN)/ldn update || { code=$$?; test $$code -eq 1 || exit $$code; echo "Some sources were not read (exit code $$code of ldn update); the rest is served."; }
	@$(BIN)/ldn serve --port $(PORT)

demo: $(READY)
	@$(BIN)/ldn gazetteer --if-missing || echo "Places are not known: the search works, without distances."
	@$(BIN)/ldn demo --port $(PORT)

test: $(DEV_READY)
	$(BIN)/python -m pytest -n auto --dist loadfile

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
	$(BIN)/mypy

bench: $(DEV_READY)
	$(BIN)/python -m bench $(ONLY)

lock: $(DEV_READY)
	$(BIN)/pip-compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --strip-extras --allow-unsafe -o requirements.txt requirements.in
	$(BIN)/pip-compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --strip-extras --allow-unsafe -o requirements-dev.txt requirements-dev.in

clean:
	rm -rf $(VENV) $(ALPHA) .pytest_cache .mypy_cache .ruff_cache
