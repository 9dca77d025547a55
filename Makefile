# `make train` and `make test` set up everything they need in .venv.
PYTHON ?= python3.11
VENV := .venv
RUN := $(VENV)/bin/python
INSTALL := -m pip install --quiet --constraint constraints.txt
# The libraries that the benchmarks compare with; they require more than is used here.
PEERS := spikingjelly==2.0.0 snntorch==1.0.0

export TF_CPP_MIN_LOG_LEVEL ?= 2

.PHONY: help train test test-slow test-without-tensorflow test-newest lint docs bench release clean

help:
	@echo "make train      train SMA-VGG8 on event_digits, evaluate, plot and export it"
	@echo "make test       run the tests"
	@echo "make test-slow  run the tests marked slow"
	@echo "make test-without-tensorflow  run the library on JAX where TensorFlow is not installed"
	@echo "make test-newest              try the newest Keras, nightly builds included"
	@echo "make lint       ruff and mypy"
	@echo "make docs       build the documentation into build/site, warnings as errors"
	@echo "make bench      speed and memory against the peers; ARGS=--quick for a short run"
	@echo "make release    build, check and try the files of a release; uploads nothing"
	@echo "make clean      remove the environments, runs/ and dist/"

train: $(VENV)/train.done
	$(RUN) applications/train.py event_digits $(ARGS)

test: $(VENV)/test.done
	$(RUN) -m pytest -n 2 -m "not slow" $(ARGS)

test-slow: $(VENV)/test.done
	$(RUN) -m pytest -n 2 -m slow $(ARGS)

test-without-tensorflow: .venv-jax/done
	KERAS_BACKEND=jax .venv-jax/bin/python -m tests.without_tensorflow

test-newest: .venv-newest/done
	.venv-newest/bin/python -m pytest -q -n 2 -m "not slow" -W default \
		tests/functional tests/layers/test_neurons.py tests/layers/test_sma.py

lint: $(VENV)/test.done
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy

docs: $(VENV)/docs.done
	$(RUN) -m mkdocs build --strict

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/train.done: setup.cfg pyproject.toml constraints.txt | $(VENV)/bin/python
	$(RUN) $(INSTALL) -e ".[data,plot]"
	touch $@

$(VENV)/test.done: setup.cfg pyproject.toml constraints.txt | $(VENV)/bin/python
	$(RUN) $(INSTALL) -e ".[data,plot,pytorch,onnx,litert,nir,bench,test]"
	$(RUN) -m pip install --quiet --no-deps $(PEERS)
	touch $@ $(VENV)/train.done

$(VENV)/docs.done: $(VENV)/test.done
	$(RUN) $(INSTALL) -e ".[docs]"
	touch $@

.venv-jax/done: setup.cfg pyproject.toml constraints.txt
	$(PYTHON) -m venv --clear .venv-jax
	.venv-jax/bin/python $(INSTALL) keras numpy jax pytest
	.venv-jax/bin/python $(INSTALL) --no-deps -e .
	touch $@

.venv-newest/done: setup.cfg pyproject.toml
	$(PYTHON) -m venv --clear .venv-newest
	.venv-newest/bin/python -m pip install --quiet -e ".[plot,test]"
	.venv-newest/bin/python -m pip uninstall --quiet --yes keras
	.venv-newest/bin/python -m pip install --quiet --pre keras-nightly
	touch $@

bench: $(VENV)/test.done
	$(RUN) -m benchmarks $(ARGS)

release: $(VENV)/test.done
	rm -rf dist build .venv-release
	$(RUN) $(INSTALL) build twine
	$(RUN) -m build
	$(RUN) -m twine check --strict dist/*
	$(PYTHON) -m venv .venv-release
	.venv-release/bin/python $(INSTALL) "$$(ls dist/*.whl)[data,plot]"
	.venv-release/bin/python -m tests.release dist

clean:
	rm -rf $(VENV) .venv-jax .venv-newest .venv-release runs dist build
