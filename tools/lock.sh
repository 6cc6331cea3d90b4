#!/bin/sh
# Writes requirements.lock: every package with its hash, for all supported Python versions.
# usage: lock.sh BIN     (the environment's bin folder)
set -eu
bin=$1
"$bin/python" -m pip install -q uv
{
    echo "# Every package of the environment with its hash; made by \`make lock\` from pyproject.toml."
    "$bin/uv" pip compile pyproject.toml --extra dev --extra interfaces --universal --python-version 3.11 \
        --generate-hashes --no-header --no-emit-index-url --no-annotate --quiet
} > requirements.lock.new
mv requirements.lock.new requirements.lock
