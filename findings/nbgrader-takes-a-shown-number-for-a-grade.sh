#!/usr/bin/env bash
# nbgrader 0.9.6: a test cell whose last value is a number is graded with that number, and a line on stderr fails it.
#
# Expected: a cell of tests that raises nothing earns all its points.
# Seen: in a cell that shows 0.5 the half is taken for partial credit, of whatever quantity it was; a cell that writes a note to
# stderr earns nothing, though it raised nothing. A language whose cells show their last value, or a library that warns, loses points.
# Contrast's page on clients says to end a test cell with `;` or `check`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check nbgrader==0.9.6
"$folder/venv/bin/python" - 2>/dev/null <<'PYTHON'
import nbformat.v4 as v4
import nbgrader
from nbgrader.utils import determine_grade

def points(*outputs):
    cell = v4.new_code_cell("the tests", metadata={"nbgrader": {
        "grade": True, "points": 3, "grade_id": "a", "solution": False, "locked": True, "schema_version": 3}})
    cell.outputs = list(outputs)
    return determine_grade(cell)[0]

def shown(text):
    return v4.new_output("execute_result", {"text/plain": text}, execution_count=1)

seen = {
    "shows nothing": points(),
    "shows the text accuracy": points(shown("accuracy")),
    "shows the number 0.5": points(shown("0.5")),
    "writes a note to stderr": points(v4.new_output("stream", name="stderr", text="a note\n")),
}
print(f"nbgrader {nbgrader.__version__}: points, of 3, of a cell of tests that raised nothing")
for what, value in seen.items():
    print(f"{what:>24}: {value}")
assert list(seen.values()) == [3.0, 3.0, 0.5, 0], "the behaviour has changed"
PYTHON
