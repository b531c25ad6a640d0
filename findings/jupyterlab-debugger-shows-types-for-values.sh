#!/usr/bin/env bash
# JupyterLab 4.6.6: the debugger's panel shows a variable's type in place of its value, unless the type is called as one of Python's.
#
# Expected: the Debug Adapter Protocol says that a variable's `type` is shown "in the UI when hovering over the value", and `value` is what is
# shown; VS Code does so, and kernels of any language may send a type.
# Seen: the function that makes the shown text (convertType, packages/debugger/src/panels/variables/index.ts) gives the value for the types
# int, float, bool and str alone, and the type for every other: {"type": "number", "value": "3"} is shown as "number".
# Contrast leaves types out, and says what a value is at the start of its text.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps jupyterlab==4.6.6 quickjs==1.19.4
"$folder/venv/bin/python" - <<'PYTHON'
import glob
import json
import re
import sys

import quickjs

# The function as it is served to browsers, found by the words of its cases.
found = [match.group(0) for path in glob.glob(f"{sys.prefix}/lib/python*/site-packages/jupyterlab/static/*.js")
         for match in re.finditer(r'\w+=>\{(?:var [\w,]+;)?let\{type:\w+,value:\w+\}=\w+;switch\(\w+\)\{case"int".*?default:return[^}]*\}\}',
                                  open(path, encoding="utf-8").read())]
assert len(found) == 1, f"convertType was found {len(found)} times"
shown = quickjs.Function("shown", f"const convert = {found[0]}; function shown(text) {{ return String(convert(JSON.parse(text))); }}")
print("JupyterLab 4.6.6 shows")
seen = {}
for variable in ({"type": "int", "value": "3"}, {"type": "number", "value": "3"}, {"type": "list", "value": "[1, 2]"}, {"value": "3"}):
    seen[json.dumps(variable)] = shown(json.dumps(variable))
    print(f"  {json.dumps(variable):36} as {seen[json.dumps(variable)]}")
assert list(seen.values()) == ["3", "number", "list", "3"], "the behaviour has changed"
PYTHON
