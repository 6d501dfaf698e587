#!/bin/sh
# Sees to it that `make e2e` has a browser: one that is here, or Debian's where it may be installed.
set -eu

found() {
  for name in chromium chromium-browser google-chrome; do
    command -v "$name" >/dev/null 2>&1 && return 0
  done
  return 1
}

missing() {
  echo "make e2e needs a browser: $1" >&2
  exit 1
}

if [ -n "${CHROMIUM:-}" ]; then
  command -v "$CHROMIUM" >/dev/null 2>&1 || missing "CHROMIUM=$CHROMIUM is no program"
  exit 0
fi
found && exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  missing "install chromium (on Debian: apt-get install chromium), or set CHROMIUM=/path/to/it"
fi
echo "Installing Debian's chromium (about 100 MB, once) ..."
log=$(mktemp)
export DEBIAN_FRONTEND=noninteractive
{ apt-get update && apt-get install -y --no-install-recommends chromium fonts-liberation; } >"$log" 2>&1 ||
  missing "installing chromium failed, apt-get tells why in $log"
found || missing "apt-get's chromium brought no program of that name, see $log"
rm -f "$log"
