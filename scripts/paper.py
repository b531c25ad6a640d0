#!/usr/bin/env python3
"""What the notebooks found beside what the paper says: from the tables they end with to docs/paper.md.

python scripts/paper.py writes docs/paper.md anew from notebooks/results.
"""
import csv
import os
import pathlib
import re
from html.parser import HTMLParser

ROOT = pathlib.Path(__file__).resolve().parents[1]
RESULTS = ROOT / "notebooks" / "results"
PAGE = ROOT / "docs" / "paper.md"
# The columns of the table that a notebook ends with. In a file, the last says on what machine it ran.
COLUMNS = ["result", "paper", "published", "corrected", "data", "settings", "seeds", "time", "why"]
MACHINE = "machine"
# Longest first, as rows of one result follow each other.
SCALES = ["paper", "long", "quick", "toy"]

INTRODUCTION = """\
# The paper, and here

The notebooks repeat the experiments of *A down-scaled Self-Supervised approach for image classification: SimCLR* by Beasse
and Kabouri. Each ends with a table; this page puts these tables together.

- **As published** is what comes out when it is done as the authors' code did it, slips included.
- **Corrected** is what comes out when it is done as the paper describes it, or as it should be. "–" stands where there is
  none.
- **Data**: CIFAR-10 is read here from a copy whose pictures were stored as JPEG, so pixels differ slightly from the original
  release. Shapes, where they are named, were drawn by the program.
- **Seeds** counts the runs behind a number; `±` is their spread.
"""

HEADINGS = ["in the paper", "the paper's value", "ours as published", "ours corrected", "settings", "data", "seeds", "time",
            "notebook", "why it differs"]


class TableReader(HTMLParser):
    """The rows of cells, headings first, of the tables in a page."""

    def __init__(self):
        super().__init__()
        self.rows = []
        self.is_cell = False

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th") and self.rows:
            self.rows[-1].append("")
            self.is_cell = True

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.is_cell = False

    def handle_data(self, data):
        if self.is_cell:
            self.rows[-1][-1] += data


def table(html):
    """The rows of an HTML table as dictionaries; `ValueError` says what keeps it from being a table of results."""
    reader = TableReader()
    reader.feed(html)
    head, *rows = reader.rows or [[]]
    if head != COLUMNS:
        raise ValueError(f"the columns of the results are {', '.join(head) or 'none'}; they should be {', '.join(COLUMNS)}")
    if not rows:
        raise ValueError("the table of results has no rows")
    return [dict(zip(COLUMNS, row)) for row in rows]


def machine():
    """The processor that this runs on and how many of its cores, as the system tells it."""
    model = "unknown processor"
    cpuinfo = pathlib.Path("/proc/cpuinfo")
    if cpuinfo.exists():
        found = re.search(r"^model name\s*:\s*(.+)$", cpuinfo.read_text(), re.M)
        model = " ".join(found.group(1).split()) if found else model
    return f"{model}, {len(os.sched_getaffinity(0))} cores"


def write(rows, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [*COLUMNS, MACHINE], lineterminator="\n")
        writer.writeheader()
        writer.writerows(row | {MACHINE: machine()} for row in rows)


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def runs(folder):
    """The runs that were kept, as (notebook, scale, rows): by notebook, longest scale first."""
    found = []
    for path in folder.glob("*.csv"):
        name, _, scale = path.stem.rpartition("-")
        if scale not in SCALES:
            raise ValueError(f"{path.name} does not end with a scale: {', '.join(SCALES)}")
        found.append((name, SCALES.index(scale), path))
    return [(name, SCALES[rank], read(path)) for name, rank, path in sorted(found)]


def markdown(text):
    """Text as one cell of a table."""
    return re.sub(r"([\\`*_\[\]<>|$~&])", r"\\\1", " ".join((text or "").split())) or "–"


def page(folder=RESULTS):
    """docs/paper.md as the files in the folder make it."""
    kept = runs(folder)
    if not kept:
        return INTRODUCTION + "\nNo run was kept yet: `scripts/notebooks --keep` keeps one and writes the table.\n"
    lines = [INTRODUCTION]
    machines = sorted({row[MACHINE] for _, _, rows in kept for row in rows})
    lines.append(f"Times were taken on {'; '.join(map(markdown, machines))}, which may have been shared with other work. "
                 "`scripts/notebooks --keep` runs the notebooks and writes this page anew.\n")
    lines.append(f"| {' | '.join(HEADINGS)} |")
    lines.append("|" + "---|" * len(HEADINGS))
    for name in dict.fromkeys(name for name, _, _ in kept):
        same = [(scale, row) for other, scale, rows in kept if other == name for row in rows]
        # One result after the other, the runs of each together.
        for result in dict.fromkeys(row["result"] for _, row in same):
            for scale, row in same:
                if row["result"] == result:
                    link = f"[{name}](../notebooks/{name}.ipynb), {scale}"
                    cells = [markdown(row[column]) for column in
                             ("result", "paper", "published", "corrected", "settings", "data", "seeds", "time")]
                    lines.append(f"| {' | '.join([*cells, link, markdown(row['why'])])} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE.relative_to(ROOT)}")
