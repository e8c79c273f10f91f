# make run: the whole pipeline on the embedded photographs; make test: all checks.
PYTHON ?= python3
VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
SNAKEMAKE := $(BIN)/snakemake --cores 4 --resources gpu=1
INSTALLED := $(VENV)/.installed
AUDIT := $(VENV)/audit

.PHONY: run stl10 demo test test-slurm test-browser explain reproduce sbom audit crate bench scale chaos soak recipes clean-env
export PATH := $(BIN):$(PATH)

run: $(INSTALLED)
	$(SNAKEMAKE)

stl10: $(INSTALLED)
	$(SNAKEMAKE) --configfile config/stl10.yaml

# A page that colorizes in the browser, on http://127.0.0.1:8000/
PORT ?= 8000
demo: $(INSTALLED)
	$(SNAKEMAKE) -- demo
	@$(BIN)/python -m colorization serve --port $(PORT)

# Threads that wait let go of their core: where several processes share it, spinning ones
# make training many times slower.
test test-browser chaos soak: export OMP_WAIT_POLICY := PASSIVE

test: $(AUDIT)/.installed
	ruff check .
	ruff format --check .
	snakefmt --check Snakefile rules
	$(BIN)/python -m pytest -q -n 2 tests $(WITH)

# On a real SLURM, started for the test; wants root, and the packages slurm-wlm and munge.
test-slurm: $(INSTALLED)
	$(BIN)/python -m pytest -q -m slurm tests $(WITH)

# In a real browser: wants Chromium (Debian: apt-get install chromium).
test-browser: $(INSTALLED)
	$(BIN)/python -m pytest -q -m browser tests $(WITH)

# Why would anything run again? Options of snakemake: make explain WITH='--config ...'
explain: $(INSTALLED)
	@$(BIN)/python -m colorization explain -- --cores 4 --resources gpu=1 $(WITH)

# Two clean runs in two folders, and a table of digests: about ten minutes.
reproduce: $(INSTALLED)
	$(BIN)/python -m benchmarks.reproduce $(WITH)

# What is installed here, and what the pages ship, in CycloneDX: results/sbom.*.json
sbom: $(AUDIT)/.installed
	@mkdir -p results
	$(AUDIT)/bin/cyclonedx-py environment --output-reproducible $(VENV) -o results/sbom.python.json
	cd web && npm sbom --sbom-format cyclonedx --package-lock-only > ../results/sbom.web.json

# Known vulnerabilities of all that is locked; asks PyPI's and npm's services.
audit: $(AUDIT)/.installed
	$(AUDIT)/bin/pip-audit --strict --disable-pip --require-hashes --progress-spinner off \
		-r requirements.txt -r envs/audit.txt
	cd web && npm audit

# The finished run, with code, provenance and bills of materials: results/crate.zip
crate: sbom
	$(BIN)/python -m colorization crate

# Every stage against its floor, in about five minutes; leave the machine alone meanwhile.
bench: $(INSTALLED)
	$(BIN)/python -m benchmarks --json results/bench.json

# STL-10 at its full size, 200,000 files, forty runs; 20 GB of disk, about half an hour.
scale: $(INSTALLED)
	$(BIN)/python -m benchmarks.scale $(WITH)

# When the default recipe was as good as the seed recipe: after config/recipes.yaml.
recipes: $(INSTALLED)
	$(BIN)/python -m benchmarks.recipes results

# Random faults in every stage for an hour: make chaos WITH='--minutes 5 --seed 1'
chaos: $(INSTALLED)
	$(BIN)/python -m tests.chaos --json results/chaos.json $(WITH)

# The whole sample run, killed ten times on its way.
soak: $(INSTALLED)
	$(BIN)/python -m pytest -q -m soak tests

$(INSTALLED): requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; set PYTHON=python3.12, say" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.txt
	touch $@

$(AUDIT)/.installed: envs/audit.txt $(INSTALLED)
	$(PYTHON) -m venv $(AUDIT)
	$(AUDIT)/bin/python -m pip install --quiet --require-hashes -r envs/audit.txt
	touch $@

clean-env:
	rm -rf $(VENV)
