# make help lists the targets. Some take options, in WITH:
# make run WITH='--configfile config/ablation.yaml'
PYTHON ?= python3
PORT ?= 8000
RUN ?= base
COMMA := ,
SPACE := $() $()
VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
# --cores comes last: a target in WITH would be taken for one of the --resources.
OPTIONS := --resources gpu=1 --cores 4
SNAKEMAKE := $(BIN)/snakemake $(OPTIONS)
INSTALLED := $(VENV)/.installed
PIP := $(BIN)/python -m pip install --quiet
# TORCH=cpu, with a target that installs: PyTorch without CUDA, from its own packages.
TORCH ?= cuda
CPU_PACKAGES := https://download.pytorch.org/whl/cpu
PYTEST := $(BIN)/python -m pytest -q --durations=10
# By their paths: the make of macOS does not look for programs in the PATH set below.
define LINT
$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile rules
	$(BIN)/lint-imports
	$(BIN)/basedpyright
endef
AUDIT := $(VENV)/audit

.PHONY: run stl10 demo check test rehearsal test-slurm test-browser explain reproduce sbom audit crate bench scale chaos soak recipes rulegraph base clean-env help
export PATH := $(BIN):$(PATH)

# The whole pipeline on the embedded photographs; TORCH=cpu installs no CUDA. [snakemake]
run: $(INSTALLED)
	$(SNAKEMAKE) $(WITH)

# The full experiment: downloads STL-10, needs a GPU. [snakemake]
stl10: $(INSTALLED)
	$(BIN)/snakemake --configfile config/stl10.yaml $(OPTIONS) $(WITH)

# A page that colorizes in the browser, at http://127.0.0.1:8000/; PORT=9000, RUN=full.
demo: $(INSTALLED)
	$(BIN)/snakemake --config colorize-run=$(RUN) $(OPTIONS) demo $(WITH)
	@$(BIN)/python -m colorization serve --port $(PORT)

# Why stages would run again. WITH='--config train-seed=3' [snakemake]
explain: $(INSTALLED)
	@$(BIN)/python -m colorization explain -- $(OPTIONS) $(WITH)

# Waiting threads release their core at once: tests run side by side. Where processes crowd
# the cores, training is a tenth faster so than with the setting of colorization/__init__.py.
check test rehearsal test-browser chaos soak: export OMP_WAIT_POLICY := PASSIVE

# Formatting, lint, imports, types, fast unit tests: a minute or two. [pytest]
check: $(INSTALLED)
	$(LINT)
	$(PYTEST) -n 2 -m 'not slow' tests/unit $(WITH)

# The checks of make check, all unit tests, and the real workflow on small data. [pytest]
test: $(INSTALLED)
	$(LINT)
	$(PYTEST) -n 2 tests $(WITH)

# Every make target and every documented command, on tiny data; bills of materials. [pytest]
rehearsal: $(AUDIT)/.installed
	$(PYTEST) -m 'rehearsal or not rehearsal' tests/rehearsal $(WITH)

# Tests on a SLURM that they start; needs root, slurm-wlm and munge. [pytest]
test-slurm: $(INSTALLED)
	$(PYTEST) -m slurm tests $(WITH)

# Tests of the pages in Chromium, and in Firefox if it is there. [pytest]
# Debian: apt-get install chromium firefox-esr
test-browser: $(INSTALLED)
	$(PYTEST) -m browser tests $(WITH)

# Two clean runs in two folders, compared by digests: ten minutes. [snakemake]
reproduce: $(INSTALLED)
	$(BIN)/python -m benchmarks.reproduce -- $(WITH)

# Random faults in every stage, for an hour. WITH='--minutes 5 --seed 1'
chaos: $(INSTALLED)
	$(BIN)/python -m tests.chaos --json results/chaos.json $(WITH)

# The whole sample run, killed and resumed ten times. WITH='--kills 1'
soak: $(INSTALLED)
	$(PYTEST) -m soak tests $(WITH)

# Speed of every stage against its limit, in ten minutes, on an otherwise idle machine.
# WITH='--share 0.01'
bench: $(INSTALLED)
	$(BIN)/python -m benchmarks --json results/bench.json $(WITH)

# STL-10 at full size, 200,000 files, and forty runs: 20 GB, half an hour. WITH=stl10
scale: $(INSTALLED)
	$(BIN)/python -m benchmarks.scale $(WITH)

# The time in which the default recipe matches `seed`; run config/recipes.yaml first.
recipes: $(INSTALLED)
	$(BIN)/python -m benchmarks.recipes results

# The finished run, with code, provenance and bills of materials: results/crate.zip
crate: sbom
	$(BIN)/python -m colorization crate

# Bills of materials of packages and pages, in CycloneDX: results/sbom.*.json
sbom: $(AUDIT)/.installed
	@mkdir -p results
	$(AUDIT)/bin/cyclonedx-py environment --output-reproducible $(VENV) -o results/sbom.python.json
	npm sbom --prefix colorization/pages/web --sbom-format cyclonedx --package-lock-only > results/sbom.web.json

# Known vulnerabilities of all locked packages, from PyPI's and npm's services.
audit: $(AUDIT)/.installed
	@$(BIN)/python -m benchmarks.audit $(AUDIT)/bin/pip-audit

# docs/rulegraph.svg, a picture of the rules.
rulegraph: $(INSTALLED)
	$(BIN)/python -m docs.rulegraph

# The base model, from PHOTOS='photos holiday': config/base.yaml says how. [snakemake]
base: $(INSTALLED)
	$(SNAKEMAKE) results/candidate/model_card.md --configfile config/base.yaml \
		--config 'data={folder: {paths: [$(subst $(SPACE),$(COMMA),$(PHOTOS))]}}' $(WITH)
	$(BIN)/python -m docs.base

# Removes the environment that other targets install.
clean-env:
	rm -rf $(VENV)

# This list.
help:
	@awk '/^# / { if (!text) text = substr($$0, 3); next } \
		/^[a-z0-9-]+:/ { if (text) printf "make %-13s%s\n", substr($$1, 1, length($$1) - 1), text } \
		{ text = "" }' Makefile
	@echo
	@echo "[snakemake], [pytest]: takes WITH='their options'. A target comes before the options,"
	@echo "or after --: make explain WITH='--config colorize-photos=holiday/ -- colorize'"

$(INSTALLED): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; set PYTHON=python3.12, say" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
ifeq ($(TORCH),cpu)
	awk '/^[^ #]/ { skip = /^(torch|torchvision|triton)==|^(nvidia|cuda)-/ } !skip' requirements.txt > $(VENV)/requirements.txt
	$(PIP) --require-hashes -r $(VENV)/requirements.txt
	$(PIP) --no-deps --index-url $(CPU_PACKAGES) $$(grep -Eo '^torch(vision)?==[0-9.]+' requirements.txt)
else
	$(PIP) --require-hashes -r requirements.txt
endif
	$(PIP) --no-deps --no-build-isolation --editable .
	touch $@

$(AUDIT)/.installed: envs/audit.txt $(INSTALLED)
	$(PYTHON) -m venv $(AUDIT)
	$(AUDIT)/bin/python -m pip install --quiet --require-hashes -r envs/audit.txt
	touch $@
