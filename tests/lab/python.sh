#!/usr/bin/env bash
# Makes a Python environment with the tools that tests/gate runs (tests/lab/requirements.txt) and prints its folder of
# programs. One that is there with the same content is used as it is.
set -euo pipefail

lab=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
place=${CARGO_TARGET_DIR:-$lab/../../target}/lab/python
# What the environment is made from, written into it when it is complete.
content=$(cat "$lab/python.sh" "$lab/requirements.txt" | sha256sum | cut -c1-16)

say() { echo "python: $*" >&2; }

has_venv() { python3 -c 'import ensurepip, venv' 2>/dev/null; }

if [ "$(cat "$place/content" 2>/dev/null)" != "$content" ]; then
  if ! has_venv && [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    say "installing Debian packages: python3 python3-venv"
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq update >&2
    apt-get -qq install --yes --no-install-recommends -o DPkg::Lock::Timeout=300 python3 python3-venv >&2
  fi
  if ! has_venv; then
    say "no Python with venv here; as root: apt-get install python3-venv"
    exit 1
  fi
  say "installing $(grep -c == "$lab/requirements.txt") packages from PyPI"
  rm -rf "$place"
  mkdir -p "$(dirname "$place")"
  python3 -m venv "$place"
  "$place/bin/pip" install --quiet --disable-pip-version-check --no-deps --only-binary :all: -r "$lab/requirements.txt" >&2
  packages=$("$place/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
  mkdir "$packages/matplotlib"
  touch "$packages/matplotlib/__init__.py" "$packages/matplotlib/pyplot.py"
  echo "$content" >"$place/content"
fi
realpath "$place/bin"
