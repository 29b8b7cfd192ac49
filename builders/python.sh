#!/bin/sh
# The Python to build with: the first that is 3.11 or newer and makes environments. Rather the
# system's own: distributions compile theirs with profile-guided optimisation, pyenv does not unless
# told, and what is not compiled runs a quarter faster for it (docs/interfaces.md).
suits='import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))'
for candidate in /usr/bin/python3 python3 python3.13 python3.12 python3.11; do
  if "$candidate" -c "$suits" 2>/dev/null; then
    echo "$candidate"
    exit
  fi
done
echo python3
