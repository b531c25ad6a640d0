#!/usr/bin/env python3
"""Run a notebook through nbclient: python run_notebook.py NOTEBOOK DEST

Writes the executed notebook to DEST and prints, as it goes, each cell's first line, its time and its text output.
"""
import pathlib
import sys
import time

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError


class Narrator(NotebookClient):
    """Prints what happens on the terminal; progress arrives as updates of one display."""

    started = 0.0
    width = 0

    def say(self, text):
        print("\r" + text.ljust(self.width), end="", flush=True)
        self.width = len(text)

    def end_line(self):
        if self.width:
            print()
            self.width = 0

    def process_message(self, msg, cell, cell_index):
        if msg["msg_type"] in ("display_data", "update_display_data") and sys.stdout.isatty():
            text = msg["content"]["data"].get("text/plain", "").splitlines()
            if text and msg["content"].get("transient", {}).get("display_id"):
                self.say("    " + text[0][:110])
        return super().process_message(msg, cell, cell_index)


def describe(output):
    if output.output_type == "stream":
        return output.text
    if output.output_type == "error":
        return f"{output.ename}: {output.evalue}"
    return output.get("data", {}).get("text/plain", "")


def main(source, folder):
    notebook = nbformat.read(source, as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]

    def begin(cell, cell_index):
        client.started = time.perf_counter()
        first = next((line for line in cell.source.splitlines() if line and not line.startswith("#")), "")
        print(f"\n[{1 + cells.index(cell)}/{len(cells)}] {first}", flush=True)

    def end(cell, cell_index, execute_reply):
        client.end_line()
        for output in cell.outputs:
            for line in describe(output).splitlines()[:12]:
                print("    " + line)
        print(f"    {time.perf_counter() - client.started:.1f} s", flush=True)

    client = Narrator(notebook, timeout=1800, resources={"metadata": {"path": str(folder)}},
                      on_cell_execute=begin, on_cell_executed=end)
    start = time.perf_counter()
    try:
        client.execute()
    except CellExecutionError as error:
        sys.exit(f"\n{error.ename}: {error.evalue}")
    finally:
        nbformat.write(notebook, folder / source.name)
    print(f"\n{source.name} ran in {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    destination = pathlib.Path(sys.argv[2])
    destination.mkdir(parents=True, exist_ok=True)
    main(pathlib.Path(sys.argv[1]), destination)
