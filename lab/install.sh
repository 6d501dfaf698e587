#!/bin/sh
# Makes .venv with everything pinned in requirements-dev.txt: by uv where it is installed, else by venv and pip.
set -eu
# PostgreSQL, when root starts it, becomes a user who must be able to read these packages.
umask 022
python=$1
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
  echo "andon needs Python 3.11 or newer; '$python' is not (try: make PYTHON=python3.12)" >&2
  exit 1
}
# A uv that lies in .venv itself would clear away the program it is.
uv=$(command -v uv || true)
if [ -n "$uv" ] && [ -d .venv ]; then
  case $(cd "$(dirname "$uv")" && pwd -P)/ in "$(cd .venv && pwd -P)"/*) uv= ;; esac
fi
if [ -n "$uv" ]; then
  echo "Installing the pinned packages into .venv with uv ..."
  "$uv" venv --quiet --clear --python "$python" .venv
  "$uv" pip install --compile-bytecode --python .venv/bin/python --require-hashes -r requirements-dev.txt
else
  echo "Installing the pinned packages into .venv with pip (a minute or two, once) ..."
  "$python" -m venv --clear .venv
  .venv/bin/python -m pip install --disable-pip-version-check --progress-bar on --require-hashes -r requirements-dev.txt |
    awk '/^Collecting/ {n++; printf "\r  %d packages found, %s \033[K", n, $2} /^Installing/ {printf "\n  writing them ...\n"}'
  # The pipe ended with awk's exit code, not pip's.
  .venv/bin/python -m pip check >/dev/null
fi
.venv/bin/python -c 'import flask, granian, psycopg2, pytest, redis' || {
  echo "the packages were not installed; see above" >&2
  exit 1
}
