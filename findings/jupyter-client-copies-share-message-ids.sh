#!/usr/bin/env bash
# jupyter_client 8.10.0: two clients made by one KernelManager send different messages with the same msg_id.
#
# Expected: a msg_id names one message; the protocol's guide to messages calls it unique.
# Seen: KernelManager.client() gives each client the manager's own session, or a copy with its id and its counter, so both number their
# messages SESSION_PID_0, SESSION_PID_1, … A kernel that drops repeated msg_ids drops honest requests.
# Contrast tells messages apart by their signatures, not by their ids.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check jupyter_client==8.10.0
"$folder/venv/bin/python" - <<'PYTHON'
import jupyter_client
from jupyter_client import KernelManager

manager = KernelManager()
first, second = manager.client(), manager.client()
a = first.session.msg("execute_request", {"code": "1"})["header"]["msg_id"]
b = second.session.msg("execute_request", {"code": "2"})["header"]["msg_id"]
print(f"jupyter_client {jupyter_client.__version__}")
print("the same session object:", first.session is second.session)
print("session ids equal:", first.session.session == second.session.session)
print("the first message of each has an equal msg_id:", a == b)
assert first.session is not second.session and a == b, "the behaviour has changed"
PYTHON
