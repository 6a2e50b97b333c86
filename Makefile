# Needs only make and python3 (3.11 or newer); everything else comes hash-pinned from requirements.lock.
SHELL := /bin/sh
PYTHON ?= python3
RUN := .venv/bin/python
# Without its compiled modules every program here takes three times as long to start.
unexport PYTHONDONTWRITEBYTECODE
export TOP GAMEPLAY ZONE APPROVE VIDEO_PROVIDER FAULT
.PHONY: setup demo up down status test faults check bench format lock clean
# In the words of every Python there is: an old one can't read bootstrap.py to say so itself.
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, and %s is %s: make PYTHON=python3.12 ..." % (sys.executable, sys.version.split()[0]))

setup: ; @$(PYTHON) -c '$(NEW_ENOUGH)' && $(PYTHON) runtime/bootstrap.py
demo: setup ; @exec $(RUN) -m runtime.stack demo
up: setup ; @exec $(RUN) -m runtime.stack up
down: setup ; @exec $(RUN) -m runtime.stack down
status: setup ; @exec $(RUN) -m runtime.stack status
test: setup ; $(RUN) -m pytest
faults: setup ; $(RUN) -m pytest tests/faults
check: setup ; $(RUN) -m runtime.check
bench: setup ; @exec $(RUN) -m bench
format: setup ; $(RUN) -m ruff format . && $(RUN) -m ruff check --fix .
lock: setup ; $(RUN) runtime/bootstrap.py lock
clean: ; rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
