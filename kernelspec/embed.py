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
target = here.parent / "Sources" / "Jupyter" / "KernelSpecFiles.swift"

for size in (32, 64):
    cairosvg.svg2png(url=str(here / "logo-svg.svg"), write_to=str(here / f"logo-{size}x{size}.png"),
                     output_width=size, output_height=size)

lines = [
    "// Written by kernelspec/embed.py from the files beside it. Change those, and run it.",
    "",
    "extension KernelSpec {",
    "  /// The files that a kernelspec consists of, in base64; `kernel.json` with places left open.",
    "  package static let files: [(name: String, base64: String)] = [",
]
for name in ("kernel.json", "logo-32x32.png", "logo-64x64.png", "logo-svg.svg"):
    encoded = base64.b64encode((here / name).read_bytes()).decode()
    lines += ["    (", f'      "{name}",', '      """']
    lines += [f"      {line}\\" for line in textwrap.wrap(encoded, 96)]
    lines[-1] = lines[-1][:-1]
    lines += ['      """', "    ),"]
lines += ["  ]", "}", ""]
target.write_text("\n".join(lines))
