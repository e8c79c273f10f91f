# What can be made, a line each: make help. What takes options gets them from WITH:
# make run WITH='--configfile config/ablation.yaml'
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
# A target in WITH may stand first. Behind --resources, it would be taken for one of them.
OPTIONS := --resources gpu=1 --cores 4
SNAKEMAKE := $(BIN)/snakemake $(OPTIONS)
INSTALLED := $(VENV)/.installed
PYTEST := $(BIN)/python -m pytest -q --durations=10
define LINT
ruff check .
	ruff format --check .
	snakefmt --check Snakefile rules
	lint-imports
	basedpyright
endef
AUDIT := $(VENV)/audit

.PHONY: run stl10 demo check test rehearsal test-slurm test-browser explain reproduce sbom audit crate bench scale chaos soak recipes rulegraph clean-env help
export PATH := $(BIN):$(PATH)

# The whole pipeline on the embedded photographs; what plain make makes. [snakemake]
run: $(INSTALLED)
	$(SNAKEMAKE) $(WITH)

# The full experiment: downloads STL-10, wants a GPU. [snakemake]
stl10: $(INSTALLED)
	$(BIN)/snakemake --configfile config/stl10.yaml $(OPTIONS) $(WITH)

# A page that colorizes in the browser, on http://127.0.0.1:8000/; PORT=9000. [snakemake]
demo: $(INSTALLED)
	$(SNAKEMAKE) demo $(WITH)
	@$(BIN)/python -m colorization serve --port $(PORT)

# Why would anything run again? WITH='--config train-seed=3' [snakemake]
explain: $(INSTALLED)
	@$(BIN)/python -m colorization explain -- $(OPTIONS) $(WITH)

# Threads that wait let go of their core: where several processes share it, spinning ones
# make training many times slower.
check test rehearsal test-browser chaos soak: export OMP_WAIT_POLICY := PASSIVE

# In a minute: formatting, lint, imports, types, the fast unit tests. [pytest]
check: $(INSTALLED)
	$(LINT)
	$(PYTEST) -n 2 -m 'not slow' tests/unit $(WITH)

# All checks: those of make check, and the real workflow on small data. [pytest]
test: $(AUDIT)/.installed
	$(LINT)
	$(PYTEST) -n 2 tests $(WITH)

# Every make target and every command that the documents name, on tiny data. [pytest]
rehearsal: $(AUDIT)/.installed
	$(PYTEST) -m rehearsal tests/rehearsal $(WITH)

# On a real SLURM, started for it; wants root, slurm-wlm and munge. [pytest]
test-slurm: $(INSTALLED)
	$(PYTEST) -m slurm tests $(WITH)

# The pages in a real Chromium (Debian: apt-get install chromium). [pytest]
test-browser: $(INSTALLED)
	$(PYTEST) -m browser tests $(WITH)

# Two clean runs in two folders, and a table of digests: ten minutes. [snakemake]
reproduce: $(INSTALLED)
	$(BIN)/python -m benchmarks.reproduce -- $(WITH)

# Random faults in every stage, for an hour. WITH='--minutes 5 --seed 1'
chaos: $(INSTALLED)
	$(BIN)/python -m tests.chaos --json results/chaos.json $(WITH)

# The whole sample run, killed ten times on its way. WITH='--kills 1'
soak: $(INSTALLED)
	$(PYTEST) -m soak tests $(WITH)

# Every stage against its floor, in five minutes; leave the machine alone meanwhile.
# WITH='--share 0.01'
bench: $(INSTALLED)
	$(BIN)/python -m benchmarks --json results/bench.json $(WITH)

# STL-10 at full size, 200,000 files, forty runs: 20 GB, half an hour. WITH=stl10
scale: $(INSTALLED)
	$(BIN)/python -m benchmarks.scale $(WITH)

# When the default recipe was as good as the seed recipe: after config/recipes.yaml.
recipes: $(INSTALLED)
	$(BIN)/python -m benchmarks.recipes results

# The finished run, with code, provenance and bills of materials: results/crate.zip
crate: sbom
	$(BIN)/python -m colorization crate

# What is installed and what the pages ship, in CycloneDX: results/sbom.*.json
sbom: $(AUDIT)/.installed
	@mkdir -p results
	$(AUDIT)/bin/cyclonedx-py environment --output-reproducible $(VENV) -o results/sbom.python.json
	npm sbom --prefix colorization/pages/web --sbom-format cyclonedx --package-lock-only > results/sbom.web.json

# Known vulnerabilities of all that is locked; asks PyPI's and npm's services.
audit: $(AUDIT)/.installed
	@$(BIN)/python -m benchmarks.audit $(AUDIT)/bin/pip-audit

# docs/rulegraph.svg, the picture of the rules.
rulegraph: $(INSTALLED)
	$(BIN)/python -m docs.rulegraph

# Removes the environment that the others install.
clean-env:
	rm -rf $(VENV)

# This list.
help:
	@awk '/^# / { if (!text) text = substr($$0, 3); next } \
		/^[a-z0-9-]+:/ { if (text) printf "make %-13s%s\n", substr($$1, 1, length($$1) - 1), text } \
		{ text = "" }' Makefile
	@echo
	@echo "[snakemake], [pytest]: takes WITH='their options'. A target stands in front of them,"
	@echo "or behind --: make explain WITH='--config colorize-photos=holiday/ -- colorize'"

$(INSTALLED): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; set PYTHON=python3.12, say" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

$(AUDIT)/.installed: envs/audit.txt $(INSTALLED)
	$(PYTHON) -m venv $(AUDIT)
	$(AUDIT)/bin/python -m pip install --quiet --require-hashes -r envs/audit.txt
	touch $@
