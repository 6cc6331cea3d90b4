#!/bin/sh
# Makes the environment: packages by the lock file, the ROS 2 interfaces, and the compiled kernels.
# usage: set_up.sh PYTHON VENV      (called by the Makefile; safe to interrupt and repeat)
set -eu
python=$1 venv=$2

"$python" - <<'CHECK' || exit 2
import sys
if not (3, 11) <= sys.version_info[:2] <= (3, 13) or sys.platform != "linux":
    sys.exit(f"SonoReach needs Linux with Python 3.11 to 3.13; this is {sys.platform} with {sys.version.split()[0]}. "
             "Name another interpreter with `make PYTHON=python3.11 …`.")
CHECK
command -v g++ >/dev/null || { echo "SonoReach needs a C++ compiler: apt install build-essential" >&2; exit 2; }

# The environment's bytecode is written now, whatever the shell says: without it each process of a station would
# compile every module that it imports, at every start, which takes ten times as long as loading them.
unset PYTHONDONTWRITEBYTECODE

start=$(date +%s)
say() { echo "[$(($(date +%s) - start)) s] $*"; }

say "set-up 1/3: virtual environment"
[ -x "$venv/bin/python" ] && "$venv/bin/python" -c '' 2>/dev/null || "$python" -m venv --clear "$venv"
say "set-up 2/3: packages (about 400 MB, once)"
"$venv/bin/python" -m pip install -qq --disable-pip-version-check --no-compile --no-deps --require-hashes -r requirements.lock
"$venv/bin/python" -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation \
    -e . -e ros_ws/src/sonoreach_nodes
say "set-up 3/3: ROS 2 interfaces and compiled kernels"
"$venv/bin/python" -m sonoreach.station.warm_up kernels & # beside the interfaces, which leave half a machine idle
kernels=$!
trap 'kill "$kernels" 2>/dev/null || true' EXIT INT TERM
"$venv/bin/python" tools/build_interfaces.py
"$venv/bin/python" -m sonoreach.station.warm_up imports
wait "$kernels"
trap - EXIT
say "set-up done"
