# The whole course from one machine with Python and git. `make help` lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
# Settings of the shell by which packages would be installed elsewhere, or Python would not start.
unexport PIP_TARGET PIP_PREFIX PIP_ROOT PIP_USER PYTHONHOME PYTHONSAFEPATH
NOTEBOOKS := $(wildcard modules/*/*.ipynb)
LESSON := modules/07_optimizers/07_optimizers.ipynb
RELEASED := grading/release/07_optimizers/07_optimizers.ipynb

.DELETE_ON_ERROR:
.PHONY: help setup checked package release student site audit grade test lab clean

help:     ## list the targets
	@sed -n 's/^\([a-z]*\): .*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 18

setup: $(VENV)/installed ## make .venv and install what is pinned in requirements.lock

# The programs of a virtual environment know where it was made, so where its folder was renamed it is made anew.
MADE_IN := $(shell cat $(VENV)/installed 2> /dev/null)
ifneq "$(MADE_IN)" ""
ifneq "$(MADE_IN)" "$(CURDIR)"
.PHONY: $(VENV)/installed
CLEAR := --clear
endif
endif

# Only what is built already is installed, so no compiler is needed.
$(VENV)/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2> /dev/null || \
		{ echo "error: Python 3.11 or newer is needed, with venv; $(PYTHON) is: $$($(PYTHON) -V 2>&1). Say: make PYTHON=python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -m grading.course.installation --before
	$(PYTHON) -m venv $(CLEAR) $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-user --only-binary :all: -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-user --no-deps --no-build-isolation -e .
	@$(BIN)/python -m grading.course.installation
	@pwd -P > $@

checked: | $(VENV)/installed
	@$(BIN)/python -m grading.course.installation

package: tinytorch/_modidx.py ## export the notebooks to tinytorch/

tinytorch/_modidx.py: $(NOTEBOOKS) | checked
	$(BIN)/python -m nbs_export package
	@touch $@

release: $(RELEASED) ## make the version of the lesson that is released to students, in grading/release/

$(RELEASED): $(LESSON) | checked
	cd grading && python -m nbgrader generate_assignment 07_optimizers --force --log-level=WARN

student: dist/student/README.md ## make the folder for students, dist/student/

dist/student/README.md: $(NOTEBOOKS) requirements.lock $(shell find nbs_export binder grading/exams/optimizers/public grading/examiner/tracing -type f -not -path '*/__pycache__/*') | checked
	$(BIN)/python -m nbs_export student
	@touch $@

site: dist/site/index.html ## make the chapter, the slides, what comes after, and the documents, dist/site/

dist/site/index.html: $(NOTEBOOKS) $(wildcard docs/*) requirements.lock $(shell find nbs_export -type f -not -path '*/__pycache__/*') tinytorch/_modidx.py | checked
	$(BIN)/python -m nbs_export site
	@touch $@

audit: | checked ## grade the grader: every mutant must fail, every right variant pass
	$(BIN)/python -m grading audit

grade: package release ## grade the class in grading/submitted/; without one, a sample class
	@ls -d grading/submitted/*/07_optimizers > /dev/null 2>&1 || $(BIN)/python -m grading sample
	@$(BIN)/python -m grading autograde

# Python keeps what it has compiled, also where the shell says otherwise: the tests start hundreds of processes.
test: package ## run all tests
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest

lab: package ## open the lesson in JupyterLab
	$(BIN)/jupyter lab $(LESSON)

clean:    ## remove what was made; submissions, the gradebook and the environment stay
	rm -rf dist grading/release grading/autograded grading/feedback grading/.partial grading/grades.csv grading/report.html
