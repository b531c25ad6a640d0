#!/usr/bin/env python3
"""Draws the logos from logo-svg.svg and puts the files of the kernelspec into the program: python3 embed.py

Needs cairosvg (pip install cairosvg). Run it after any change to a file in this directory; a test compares what it
wrote with the files.
"""
import base64
import pathlib
import textwrap

import cairosvg

here = pathlib.Path(__file__).resolve().parent
target = here.parent / "Sources" / "Jupyter" / "Install" / "KernelSpecFiles.swift"

for size in (32, 64):
    cairosvg.svg2png(url=str(here / "logo-svg.svg"), write_to=str(here / f"logo-{size}x{size}.png"),
                     output_width=size, output_height=size)

def encoded(name, path):
    """A file as an entry of a table."""
    lines = textwrap.wrap(base64.b64encode(path.read_bytes()).decode(), 96)
    return ["    (", f'      "{name}",', '      """', *(f"      {line}\\" for line in lines[:-1]), f"      {lines[-1]}",
            '      """', "    ),"]


def table(name, comment, folder, files):
    return ["", f"  /// {comment}", f"  package static let {name}: [(name: String, base64: String)] = [",
            *(line for file in files for line in encoded(file, folder / file)), "  ]"]


lines = [
    "// Written by kernelspec/embed.py from the files beside it. Change those, and run it.",
    "",
    "extension KernelSpec {",
    *table("files", "The files that a kernelspec consists of, in base64; `kernel.json` with places left open.", here,
           ("kernel.json", "logo-32x32.png", "logo-64x64.png", "logo-svg.svg"))[1:],
    *table("highlighterFiles", "The extension for JupyterLab without the words of the language, in base64.",
           here / "labextension", ("package.json", "static/remoteEntry.js")),
    "}",
    "",
]
target.write_text("\n".join(lines))
