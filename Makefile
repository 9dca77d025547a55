# `make train` and `make test` set up everything they need in .venv.
PYTHON ?= python3.11
VENV := .venv
RUN := $(VENV)/bin/python
# What the benchmarks compare with; their own requirements ask for more than is used here.
PEERS := spikingjelly==2.0.0 snntorch==1.0.0

export TF_CPP_MIN_LOG_LEVEL ?= 2

.PHONY: help train test test-slow lint bench clean

help:
	@echo "make train      train SMA-VGG8 on event_digits, evaluate, plot and export it"
	@echo "make test       run the tests"
	@echo "make test-slow  run the tests marked slow"
	@echo "make lint       ruff and mypy"
	@echo "make bench      speed and memory against the peers; ARGS=--quick for a short run"
	@echo "make clean      remove .venv and runs/"

train: $(VENV)/train.done
	$(RUN) applications/train.py event_digits $(ARGS)

test: $(VENV)/test.done
	$(RUN) -m pytest -n 2 -m "not slow" $(ARGS)

test-slow: $(VENV)/test.done
	$(RUN) -m pytest -m slow $(ARGS)

lint: $(VENV)/test.done
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/train.done: setup.cfg pyproject.toml | $(VENV)/bin/python
	$(RUN) -m pip install --quiet -e ".[data,plot]"
	touch $@

$(VENV)/test.done: setup.cfg pyproject.toml | $(VENV)/bin/python
	$(RUN) -m pip install --quiet -e ".[data,plot,pytorch,onnx,litert,bench,test]"
	$(RUN) -m pip install --quiet --no-deps $(PEERS)
	touch $@ $(VENV)/train.done

bench: $(VENV)/test.done
	$(RUN) -m benchmarks $(ARGS)

clean:
	rm -rf $(VENV) runs
