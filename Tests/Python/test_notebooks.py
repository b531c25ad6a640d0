"""Every notebook at the smallest scale, on pictures that are drawn: no errors, warnings or empty figures; how notebooks are
made up; and that what scripts/notebooks looks for is found.

Needs the kernel installed where Jupyter finds it.
"""
import base64
import os
import pathlib
import re
import struct
import sys
import zlib

import nbformat
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
import notebook_checks  # noqa: E402
import paper  # noqa: E402
import run_notebooks  # noqa: E402

NAME = os.environ.get("CONTRAST_KERNEL", "contrast")
ALL = sorted((ROOT / "notebooks").glob("*.ipynb"))
# The quickstart is for someone new: it has no scales and no results.
OF_THE_PAPER = [path for path in ALL if path.stem != "00-quickstart"]

every = pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
every_of_the_paper = pytest.mark.parametrize("path", OF_THE_PAPER, ids=lambda path: path.stem)


@pytest.fixture(autouse=True)
def no_pictures_from_elsewhere(tmp_path, monkeypatch):
    """No data set is found on this machine and none can be fetched: notebooks draw their pictures."""
    for variable in ("CONTRAST_DATA", "XDG_CACHE_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / "nothing"))
    for variable in ("http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")


def cells(path):
    return nbformat.read(path, as_version=4).cells


def notebook(path, *sources):
    """A notebook of code cells; a pair is a cell and its tag."""
    made = [nbformat.v4.new_code_cell(source) if isinstance(source, str)
            else nbformat.v4.new_code_cell(source[0], metadata={"tags": [source[1]]}) for source in sources]
    content = nbformat.v4.new_notebook(
        cells=made, metadata={"kernelspec": {"name": NAME, "display_name": "Contrast", "language": "contrast"}})
    nbformat.write(content, path)
    return path


# The notebooks of this repository

@every_of_the_paper
def test_it_runs_at_the_smallest_scale(path, tmp_path):
    outcome = run_notebooks.run(path, tmp_path, "toy", timeout=300)
    assert outcome.failures == []
    assert outcome.results, "it ends with a table of results"
    [injected] = [cell for cell in outcome.notebook.cells if "injected-parameters" in run_notebooks.tags(cell)]
    assert '"toy"' in injected.source
    page = (tmp_path / f"{path.stem}.html").read_text(encoding="utf-8")
    code = [cell for cell in outcome.notebook.cells if cell.cell_type == "code"]
    pictures = sum("image/png" in output.get("data", {}) for cell in code for output in cell.outputs)
    assert page.count("data:image/png;base64,") >= pictures
    assert f"<title>{path.stem}</title>" in page


def test_the_same_seed_gives_the_same_results_in_another_process(tmp_path):
    """To the digit that tables show; the times differ."""
    path = next(path for path in OF_THE_PAPER if path.stem.startswith("03"))

    def results(folder):
        rows = run_notebooks.run(path, tmp_path / folder, "toy", timeout=300).results
        return [{key: cell for key, cell in row.items() if key != "time"} for row in rows if "time" not in row["result"]]

    first = results("first")
    assert len(first) > 3 and first == results("second")


@every
def test_it_begins_with_a_title_and_owes_nothing(path):
    first, *_ = cells(path)
    assert first.cell_type == "markdown" and re.match(r"# \S", first.source)
    for cell in cells(path):
        assert not re.search(r"\b(TODO|FIXME|XXX|TBD)\b", cell.source), cell.source
        assert cell.source.strip(), "an empty cell"
    assert len({cell.id for cell in cells(path)}) == len(cells(path))


@every_of_the_paper
def test_its_first_cells_say_the_scale_and_what_it_means(path):
    parameters, settings, *_ = [cell for cell in cells(path) if cell.cell_type == "code"]
    assert run_notebooks.tags(parameters) == ["parameters"]
    lines = parameters.source.splitlines()
    assert re.fullmatch(r'scale\s*=\s*"quick"\s+# quick, long or paper; toy for a test of seconds', lines[0])
    assert re.fullmatch(r"first_seed\s*=\s*1\s+# runs of several seeds count on from here", lines[1])
    assert re.search(r'scale=\["toy", "quick", "long", "paper"\]', settings.source)
    assert re.search(r"^s\s*=\s*pick settings scale=scale$", settings.source, re.M)
    assert "seed first_seed" in settings.source


@every_of_the_paper
def test_it_ends_with_results_and_three_exercises_with_answers(path):
    tagged = [place for place, cell in enumerate(cells(path)) if "results" in run_notebooks.tags(cell)]
    assert len(tagged) == 1
    source = cells(path)[tagged[0]].source
    assert source.splitlines()[-1] == "results", "the last line shows the table"
    texts = [cell.source for cell in cells(path)[tagged[0] + 1:] if cell.cell_type == "markdown"]
    exercises = re.split(r"^#+ .*Exercises", "\n\n".join(texts), flags=re.M)
    assert len(exercises) == 2, "after the results, a section with exercises"
    assert len(re.findall(r"<details>\s*<summary>Answer</summary>(?:.|\n)+?</details>", exercises[1])) == 3


@every
def test_it_is_committed_with_the_outputs_of_a_run(path):
    nbformat.validate(nbformat.read(path, as_version=4))
    code = [cell for cell in cells(path) if cell.cell_type == "code"]
    for number, cell in enumerate(code, 1):
        assert list(notebook_checks.problems(cell)) == [], f"cell {number}"
    ran = [cell for cell in code if not run_notebooks.missing(cell, path.parent)]
    assert [cell.execution_count for cell in ran] == list(range(1, len(ran) + 1)), "run once, from top to bottom"
    assert sum("image/png" in output.get("data", {}) for cell in code for output in cell.outputs) >= 1
    if path in OF_THE_PAPER:
        [cell] = [cell for cell in code if "results" in run_notebooks.tags(cell)]
        kept = paper.read(paper.RESULTS / f"{path.stem}-quick.csv")
        assert [{key: row[key] for key in paper.COLUMNS} for row in kept] == run_notebooks.results(cell)


def test_the_readme_lists_them_all():
    listed = re.findall(r"\]\(notebooks/([\w-]+)\.ipynb\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert listed == [path.stem for path in ALL]


def test_the_page_of_results_is_what_the_kept_runs_make_of_it():
    assert paper.PAGE.read_text(encoding="utf-8") == paper.page(), "python scripts/paper.py writes it anew"


# What scripts/notebooks finds

GOOD_RESULTS = ("""results = table
add results result="Figure 7" paper="1 | 2" published="–" corrected="3 %" data="shapes"
  settings="*all*" seeds=1 time="2 s" why="a < b"
results""", "results")


def test_a_good_notebook_is_left_executed_with_its_page_and_results(tmp_path):
    path = notebook(tmp_path / "07-good.ipynb", ('scale = "quick"', "parameters"), '"at {scale}"',
                    "plot bars (table x=[1] y=[2]) x=x y=y", "slider t from=1 to=3", GOOD_RESULTS)
    outcome = run_notebooks.run(path, tmp_path / "out", "toy")
    assert outcome.failures == []
    done = cells(tmp_path / "out" / "07-good.ipynb")
    assert [cell.source for cell in done][1] == '# Parameters\nscale = "toy"'
    assert done[2].outputs[0].data["text/plain"] == '"at toy"'
    assert list(done[4].outputs[0].data) == ["text/html", "text/plain"], "a control in words"
    assert all(cell.metadata.get("execution") is None for cell in done), "no times of this run"
    assert "data:image/png;base64," in (tmp_path / "out" / "07-good.html").read_text(encoding="utf-8")
    [row] = paper.read(tmp_path / "out" / "results-07-good.csv")
    assert row["paper"] == "1 | 2" and row["why"] == "a < b" and row["machine"] == paper.machine()


def test_at_its_own_scale_it_runs_as_it_is(tmp_path):
    path = notebook(tmp_path / "a.ipynb", ('scale = "quick"', "parameters"), "scale")
    done = run_notebooks.run(path, tmp_path / "out").notebook.cells
    assert [cell.source for cell in done] == ['scale = "quick"', "scale"]


@pytest.mark.parametrize("bad, words", [
    ("nosuchword 3", "an error: "),
    ('print "beware" as=warning', "a warning: beware"),
    ("plot scatter (filter (table x=[1] y=[1]) x=2) x=x y=y", "an empty figure: 0 points"),
    ("plot panels (plot bars (table x=[1] y=[2]) x=x y=y) (plot line (filter (table x=[1] y=[1]) x=2) x=x y=y)",
     "an empty figure: y  no data"),
    (("t = table a=[1]\nt", "results"), "the columns of the results are a; they should be result, paper"),
    (("3", "results"), "it is tagged `results` and shows no table"),
])
def test_what_is_wrong_is_named(bad, words, tmp_path):
    path = notebook(tmp_path / "bad.ipynb", "# one\n1 + 1", bad, "2 + 2")
    [line] = run_notebooks.run(path, tmp_path / "out").failures
    source = bad if isinstance(bad, str) else bad[0]
    assert line.startswith(f"bad, cell 2 ({source.splitlines()[0]}): {words}")


def test_all_notebooks_run_before_it_fails_and_nothing_is_kept(tmp_path, capsys):
    notebook(tmp_path / "01-bad.ipynb", "nosuchword 3", "1")
    notebook(tmp_path / "02-good.ipynb", "1")
    before = (tmp_path / "02-good.ipynb").read_bytes()
    with pytest.raises(SystemExit) as end:
        run_notebooks.main(["--keep", "--folder", str(tmp_path / "out")], tmp_path, tmp_path / "paper.md")
    said = capsys.readouterr()
    assert end.value.code == 1
    assert re.search(r"01-bad +\d+ s  1 wrong\n  02-good +\d+ s  fine", said.out)
    assert said.err.splitlines()[0].startswith("01-bad, cell 1 (nosuchword 3): an error: ")
    assert said.err.splitlines()[-1] == "nothing was kept"
    assert (tmp_path / "02-good.ipynb").read_bytes() == before and not (tmp_path / "paper.md").exists()


def test_the_cell_of_a_longer_run_waits_for_its_file(tmp_path, capsys):
    path = notebook(tmp_path / "a.ipynb", "1", ('open "results/a-long.csv"', "long"), "2")
    done = run_notebooks.run(path, tmp_path / "out").notebook.cells
    assert [len(cell.outputs) for cell in done] == [1, 0, 1] and done[1].execution_count is None
    assert "left out: there is no results/a-long.csv" in capsys.readouterr().out
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "a-long.csv").write_text("result,paper\nFigure 7,1\n")
    done = run_notebooks.run(path, tmp_path / "out")
    assert done.failures == [] and "Figure 7" in done.notebook.cells[1].outputs[0].data["text/plain"]


def test_what_is_kept_of_a_run(tmp_path):
    path = notebook(tmp_path / "07-good.ipynb", ('scale = "quick"', "parameters"), GOOD_RESULTS)
    for scale in ("quick", "long"):
        run_notebooks.keep([run_notebooks.run(path, tmp_path / "out", scale)], scale, tmp_path, tmp_path / "paper.md")
    assert [cell.execution_count for cell in cells(path)] == [1, 2], "the quick run, without the cell that sets the scale"
    assert sorted(file.name for file in (tmp_path / "results").iterdir()) == ["07-good-long.csv", "07-good-quick.csv"]
    rows = [line for line in (tmp_path / "paper.md").read_text().splitlines() if line.startswith("| Figure 7")]
    assert ["07-good.ipynb), long |" in row for row in rows] == [True, False]


def test_notebooks_are_chosen_by_name(tmp_path):
    for name in ("00-start", "05-four", "06-batch"):
        notebook(tmp_path / f"{name}.ipynb", *([] if name == "00-start" else [('scale = "quick"', "parameters")]))

    def names(*given, scale="quick"):
        return [path.stem for path in run_notebooks.chosen(given, scale, tmp_path)]

    assert names() == ["00-start", "05-four", "06-batch"]
    assert names(scale="toy") == ["05-four", "06-batch"]
    assert names("05", "notebooks/06-batch.ipynb") == ["05-four", "06-batch"]
    with pytest.raises(ValueError, match="no notebook is called 0; there are 00-start, 05-four, 06-batch"):
        names("0")
    with pytest.raises(ValueError, match="00-start has no parameters"):
        names("00", scale="toy")


def png(width, height, pixel):
    """A PNG file; `pixel(x, y)` is three or four numbers."""
    rows = b"".join(b"\0" + b"".join(bytes(pixel(x, y)) for x in range(width)) for y in range(height))

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2 if len(pixel(0, 0)) == 3 else 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


WHITE, GREY, BLUE = (255, 255, 255), (124, 131, 140), (31, 95, 160)


@pytest.mark.parametrize("pixel, empty", [
    (lambda x, y: WHITE, True),
    (lambda x, y: BLUE, True),
    (lambda x, y: GREY if x % 20 < 3 or y % 20 < 3 else WHITE, True),
    (lambda x, y: BLUE if (x - 50) ** 2 + (y - 50) ** 2 < 9 else WHITE, False),
    (lambda x, y: GREY if 40 < x < 50 and 40 < y < 50 else WHITE, False),
    (lambda x, y: (x + y,) * 3, False),
    (lambda x, y: (0, 0, 0, 0), True),
    (lambda x, y: (*BLUE, 255) if x == y else (0, 0, 0, 0), False),
], ids=["white", "one colour", "a grid", "a dot", "a grey square", "a grey picture", "nothing, transparent",
        "a line, transparent"])
def test_an_empty_figure_is_told_from_one_that_shows_something(pixel, empty):
    assert notebook_checks.is_empty(png(100, 100, pixel)) == empty


def test_no_figure_of_the_gallery_is_empty():
    pictures = sorted((ROOT / "docs" / "gallery").glob("*.png"))
    assert len(pictures) > 15
    assert [path.name for path in pictures if notebook_checks.is_empty(path.read_bytes())] == []


def test_a_figure_that_cannot_be_read_is_named():
    for data in (b"no picture", png(3, 3, lambda x, y: WHITE)[:30], png(3, 3, lambda x, y: WHITE)[:40]):
        output = nbformat.v4.new_output("display_data", {"image/png": base64.b64encode(data).decode()})
        [words] = notebook_checks.problems(nbformat.v4.new_code_cell("x", outputs=[output]))
        assert words.startswith("a figure that cannot be read")


# The page of results

def test_the_page_puts_runs_of_one_result_together_and_hides_no_sign(tmp_path):
    import mistune

    def row(result, **values):
        return dict.fromkeys(paper.COLUMNS, "") | {"result": result} | values

    signs = "a|b *c* _d_ `e` <f> [g](h) \\ ~i~ $j$ &amp; k"
    paper.write([row("one", paper=signs), row("two")], tmp_path / "06-batch-size-quick.csv")
    paper.write([row("one", why="two\nlines"), row("three")], tmp_path / "06-batch-size-long.csv")
    paper.write([row("zero")], tmp_path / "02-loss-quick.csv")
    page = paper.page(tmp_path)
    reader = paper.TableReader()
    reader.feed(mistune.create_markdown(plugins=["table"])(page))
    head, *rows = reader.rows
    assert head == paper.HEADINGS
    assert [(cells[0], cells[8]) for cells in rows] == [
        ("zero", "02-loss, quick"), ("one", "06-batch-size, long"), ("one", "06-batch-size, quick"),
        ("three", "06-batch-size, long"), ("two", "06-batch-size, quick")]
    assert rows[2][1] == signs and rows[1][9] == "two lines" and rows[0][1] == "–"
    assert paper.machine() in reader_text(page)


def reader_text(page):
    return re.sub(r"\\(.)", r"\1", page)


def test_a_file_of_no_scale_is_named(tmp_path):
    (tmp_path / "05-four-inputs.csv").write_text("result\n")
    with pytest.raises(ValueError, match="05-four-inputs.csv does not end with a scale"):
        paper.page(tmp_path)
