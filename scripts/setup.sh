#!/bin/sh
# Runs setup.py with a Python 3.11, whatever it is called here.
for python in python3.11 python3 python; do
    if "$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' >/dev/null 2>&1; then
        exec "$python" "$(dirname "$0")/setup.py" "$@"
    fi
done
echo "set-up: no Python 3.11 was found. Install it (Debian: apt install python3.11 python3.11-venv; macOS: brew install python@3.11; or pyenv install 3.11) so that python3.11 is on the PATH, then run make again." >&2
exit 1
