#!/usr/bin/env python3
"""Run notebooks from fresh kernels and look at what came out: python scripts/run_notebooks.py [NAMES] [--scale SCALE]

Prints, as it goes, each cell's first line, its time and its text output. Executed notebooks and their HTML are left in
build/notebooks/SCALE. Ends with 1 where a cell gave an error, a warning or an empty figure, and names each.
"""
import argparse
import os
import pathlib
import re
import shutil
import sys
import time

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbconvert import HTMLExporter

import notebook_checks
import paper

ROOT = paper.ROOT
NOTEBOOKS = ROOT / "notebooks"
# As notebooks are committed; what is committed of them is what this scale gave.
QUICK = "quick"
LONG_FILE = re.compile(r"""open\s+["']([^"']+\.csv)["']""")


class Narrator(NotebookClient):
    """Prints what happens on the terminal; progress arrives as updates of one display."""

    width = 0

    def __init__(self, notebook, folder, **options):
        super().__init__(notebook, resources={"metadata": {"path": str(folder)}}, record_timing=False,
                         store_widget_state=False, on_cell_execute=self.begin, on_cell_executed=self.end, **options)
        self.folder = folder
        self.code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        self.current = None
        self.left_out = []

    async def async_execute_cell(self, cell, cell_index, *arguments, **options):
        path = missing(cell, self.folder)
        if path:
            print(f"\n[{self.number(cell)}/{len(self.code)}] left out: there is no {path}")
            self.left_out.append(cell)
            return cell
        return await super().async_execute_cell(cell, cell_index, *arguments, **options)

    def number(self, cell):
        return 1 + next(place for place, other in enumerate(self.code) if other is cell)

    def begin(self, cell, cell_index):
        self.current, self.started = cell, time.perf_counter()
        print(f"\n[{self.number(cell)}/{len(self.code)}] {first_line(cell)}", flush=True)

    def end(self, cell, cell_index, execute_reply):
        if self.width:
            print()
            self.width = 0
        for output in cell.outputs:
            for line in described(output).splitlines()[:12]:
                print("    " + line)
        print(f"    {time.perf_counter() - self.started:.1f} s", flush=True)

    def process_message(self, msg, cell, cell_index):
        if msg["msg_type"] in ("display_data", "update_display_data") and sys.stdout.isatty():
            text = msg["content"]["data"].get("text/plain", "").splitlines()
            if text and msg["content"].get("transient", {}).get("display_id"):
                line = "    " + text[0][:110]
                print("\r" + line.ljust(self.width), end="", flush=True)
                self.width = len(line)
        return super().process_message(msg, cell, cell_index)


class Outcome:
    """What a notebook did."""

    def __init__(self, name):
        self.name = name
        self.seconds = 0.0
        self.failures = []
        self.notebook = None
        self.results = None  # rows, where the notebook ends with a table of results


def tags(cell):
    return cell.metadata.get("tags", [])


def first_line(cell):
    """The first line of a cell that says what it does."""
    lines = [line for line in cell.source.splitlines() if line.strip()]
    return next((line for line in lines if not line.startswith("#")), lines[0] if lines else "")


def described(output):
    if output.output_type == "stream":
        return output.text
    if output.output_type == "error":
        return f"{output.ename}: {output.evalue}"
    return output.get("data", {}).get("text/plain", "")


def missing(cell, folder):
    """The file of a longer run that a cell would open and that is not there."""
    if "long" not in tags(cell):
        return None
    return next((path for path in LONG_FILE.findall(cell.source) if not (folder / path).exists()), None)


def own_scale(notebook):
    """The scale that the cell of parameters names; none where there is no such cell."""
    for cell in notebook.cells:
        if "parameters" in tags(cell):
            found = re.search(r'^scale\s*=\s*"(\w+)"', cell.source, re.M)
            return found.group(1) if found else None
    return None


def prepared(notebook, scale):
    """The notebook without outputs, and told its scale by a cell after that of its parameters, as papermill does."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        cell.metadata.pop("execution", None)
    own = own_scale(notebook)
    if own is not None and own != scale:
        place = next(place for place, cell in enumerate(notebook.cells) if "parameters" in tags(cell))
        notebook.cells.insert(place + 1, nbformat.v4.new_code_cell(
            f'# Parameters\nscale = "{scale}"', id="injected-parameters", metadata={"tags": ["injected-parameters"]}))
    return notebook


def without_widgets(notebook):
    """A control says in words what it was where no kernel is left to move it."""
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)


def results(cell):
    """The rows of the table of results that a cell shows."""
    shown = [output.data["text/html"] for output in cell.outputs if "text/html" in output.get("data", {})]
    tables = [html for html in shown if "<thead" in html]
    if not tables:
        raise ValueError("it is tagged `results` and shows no table")
    return paper.table(tables[-1])


def run(source, folder, scale=QUICK, timeout=None):
    """Runs a notebook in the folder and leaves it there, executed, with its HTML and its results."""
    outcome = Outcome(source.stem)
    notebook = outcome.notebook = prepared(nbformat.read(source, as_version=4), scale)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder / "results", ignore_errors=True)
    reads = any(LONG_FILE.search(cell.source) for cell in notebook.cells if cell.cell_type == "code")
    if reads and (source.parent / "results").is_dir():
        shutil.copytree(source.parent / "results", folder / "results")
    client = Narrator(notebook, folder, timeout=timeout)
    start = time.perf_counter()

    def failed(cell, words):
        line = words.strip().splitlines()[0]
        outcome.failures.append(f"{outcome.name}, cell {client.number(cell)} ({first_line(cell)}): {line}")

    try:
        client.execute()
    except CellExecutionError:
        pass  # The cell holds the error.
    except (DeadKernelError, CellTimeoutError) as error:
        failed(client.current or client.code[0], f"an error: {type(error).__name__}: {error}")
    finally:
        outcome.seconds = time.perf_counter() - start
        without_widgets(notebook)
        nbformat.write(notebook, folder / source.name)
    for cell in client.code:
        for words in notebook_checks.problems(cell):
            failed(cell, words)
        if "results" in tags(cell) and not outcome.failures:
            try:
                outcome.results = results(cell)
                paper.write(outcome.results, folder / f"results-{outcome.name}.csv")
            except ValueError as error:
                failed(cell, str(error))
    page, _ = HTMLExporter().from_notebook_node(notebook, resources={"metadata": {"name": outcome.name}})
    (folder / f"{outcome.name}.html").write_text(page, encoding="utf-8")
    return outcome


def keep(outcomes, scale, notebooks, page):
    """What is committed of a run: executed notebooks of the quick scale, results of any, and the page made of them."""
    for outcome in outcomes:
        if scale == QUICK:
            nbformat.write(outcome.notebook, notebooks / f"{outcome.name}.ipynb")
        if outcome.results:
            paper.write(outcome.results, notebooks / "results" / f"{outcome.name}-{scale}.csv")
    page.write_text(paper.page(notebooks / "results"), encoding="utf-8")


def chosen(names, scale, notebooks):
    """The notebooks of these names (`05`, `05-four-inputs`), or all that have this scale."""
    there = sorted(notebooks.glob("*.ipynb"))
    if names:
        found = []
        for name in names:
            stem = pathlib.Path(name).name.removesuffix(".ipynb")
            fitting = [path for path in there if path.stem == stem or path.stem.startswith(stem + "-")]
            if len(fitting) != 1:
                raise ValueError(f"no notebook is called {name}; there are {', '.join(path.stem for path in there)}")
            found += fitting
        there = found
    if scale == QUICK:
        return there
    scaled = [path for path in there if own_scale(nbformat.read(path, as_version=4))]
    for path in there:
        if path not in scaled and names:
            raise ValueError(f"{path.stem} has no parameters: leave out --scale")
    return scaled


def spoken(seconds):
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes} min {seconds:02} s" if minutes else f"{seconds} s"


def main(arguments=None, notebooks=NOTEBOOKS, page=paper.PAGE):
    parser = argparse.ArgumentParser(prog="scripts/notebooks", description="Run notebooks and look at what came out.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="such as 05 or 05-four-inputs (default: all)")
    parser.add_argument("--scale", choices=["toy", QUICK, "long", "paper"], default=QUICK)
    parser.add_argument("--keep", action="store_true", help="where all went well, put what is committed into notebooks/")
    parser.add_argument("--folder", type=pathlib.Path, help="where to run (default: build/notebooks/SCALE)")
    options = parser.parse_args(arguments)
    if options.keep and options.scale == "toy":
        parser.error("a toy run is no result: --keep goes with the other scales")
    try:
        sources = chosen(options.names, options.scale, notebooks)
    except ValueError as error:
        parser.error(str(error))
    # Nobody looks for these cells in their own history.
    os.environ.setdefault("CONTRAST_HISTORY", "off")
    folder = (options.folder or ROOT / "build" / "notebooks" / options.scale).resolve()
    outcomes = []
    for source in sources:
        print(f"\n━━ {source.stem}, {options.scale}", flush=True)
        outcomes.append(run(source, folder, options.scale))
    failures = [line for outcome in outcomes for line in outcome.failures]
    print(f"\nIn {folder}:")
    width = max((len(outcome.name) for outcome in outcomes), default=0)
    for outcome in outcomes:
        count = len(outcome.failures)
        print(f"  {outcome.name.ljust(width)}  {spoken(outcome.seconds):>12}  " + (f"{count} wrong" if count else "fine"))
    for line in failures:
        print(line, file=sys.stderr)
    if options.keep and failures:
        print("nothing was kept", file=sys.stderr)
    elif options.keep:
        keep(outcomes, options.scale, notebooks, page)
        print("kept in notebooks/, with docs/paper.md made anew")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
