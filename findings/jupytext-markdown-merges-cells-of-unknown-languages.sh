#!/usr/bin/env bash
# jupytext 1.19.6: a notebook of a language that it does not know comes back from `md` and `Rmd` as one Markdown cell.
#
# Expected: text formats keep cells, or refuse a language that they cannot keep.
# Seen: written as Markdown each code cell stands in a fence of its language; read again, fences of a language outside jupytext's
# list are text, and so all cells become one. Nothing is said, and `--sync` writes that over the notebook. `py:percent` and `md:myst`
# keep every cell.
# Contrast's page on clients names the two formats that work.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check jupytext==1.19.6
"$folder/venv/bin/python" - <<'PYTHON'
import jupytext
import nbformat.v4 as v4

notebook = v4.new_notebook(metadata={
    "kernelspec": {"name": "tiny", "display_name": "Tiny", "language": "tiny"}, "language_info": {"name": "tiny"}})
notebook.cells = [
    v4.new_markdown_cell("# One"), v4.new_code_cell("a = 1"), v4.new_markdown_cell("two"), v4.new_code_cell("b = 2"),
    v4.new_code_cell("c = 3")]
seen = {}
print(f"jupytext {jupytext.__version__}: five cells, three of them code, in a language called tiny")
for form in ["md", "Rmd", "py:percent", "md:myst"]:
    again = jupytext.reads(jupytext.writes(notebook, form), form)
    seen[form] = [cell.cell_type for cell in again.cells]
    print(f"{form:>10}: {', '.join(seen[form])}")
whole = [cell.cell_type for cell in notebook.cells]
assert seen == {"md": ["markdown"], "Rmd": ["markdown"], "py:percent": whole, "md:myst": whole}, "the behaviour has changed"
PYTHON
