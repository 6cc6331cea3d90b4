# SonoReach. Two commands for a newcomer: `make exam` and `make test`. Every target makes or renews .venv by itself.

PYTHON  ?= python3
VENV    := .venv
BIN     := $(VENV)/bin
READY   := $(VENV)/.ready
PATIENT ?= 7
OUT     ?= exam-out/$(shell date +%Y%m%d-%H%M%S)

INTERFACES := $(wildcard ros_ws/src/sonoreach_msgs/*/*.msg ros_ws/src/sonoreach_msgs/*/*.srv \
                ros_ws/src/sonoreach_msgs/*/*.action) ros_ws/src/sonoreach_msgs/CMakeLists.txt

.PHONY: exam test check format lock clean help

exam: $(READY)  ## run one whole exam of a simulated patient: make exam PATIENT=7 OUT=folder
	$(BIN)/sonoreach exam --protocol thyroid --patient $(PATIENT) --out $(OUT)

test: $(READY)  ## run every test
	$(BIN)/python -m pytest

check: $(READY)  ## ruff, mypy strict, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(READY)  ## put the code into its usual form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(READY)  ## pin every package again after a change of pyproject.toml
	sh tools/lock.sh $(BIN)

clean:  ## remove the environment and everything built
	rm -rf $(VENV) build ros_ws/build ros_ws/install ros_ws/log

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | sort

# The stamp is touched last, so an interrupted set-up simply starts again.
$(READY): requirements.lock pyproject.toml setup.py tools/set_up.sh tools/build_interfaces.py $(INTERFACES)
	sh tools/set_up.sh $(PYTHON) $(VENV)
	@touch $@
