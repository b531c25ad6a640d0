"""Tables as LaTeX, Markdown and HTML say what they say in Contrast: whatever text stands in them, read back by other programs.

LaTeX needs pdflatex, lualatex and pdftotext; without one of them these tests are skipped, and say so.
"""
import csv
import html.parser
import os
import random
import re
import shutil
import subprocess
import unicodedata

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient

NAME = os.environ.get("CONTRAST_KERNEL", "contrast")
PROGRAM = KernelSpecManager().get_kernel_spec(NAME).argv[0]

# What others met, and what each form would take for a mark of its own.
KNOWN = [
    "[0.08, 1]", "*starred", "* list", "[x]*", "<unknown>", "a < b > c | d", 'say "hi"', "it's `code`", "τ ≤ 0.5 ≈ ∞ ± µ × −1", "a--b---c",
    "a,,b <<c>> ''d'' ?`e !`f", "C:\\temp\\new", "back\\", "\\", "\\\\", "\\|", "a|b", "||", "#1 $5 %x &amp; _y_ {z} ~t ^u", "$200 million to $700 million",
    "$$x$$ \\(y\\) \\[z\\] \\begin{x}y\\end{x}", "__init__", "a*b*c", "snake_case_name __x__y", "**bold** ~~struck~~", "[link](http://a.b) ![image](c)",
    "<b>bold</b><!-- x -->", "&lt; &#65; &nbsp;", "https://a.example/?x=1&y=2 me@b.example www.c.example", "- item", "1. item", "# title", "> quoted",
    "| a | b |", "---", "===", "```", ":--:", "%", "&", "^^M", "x\ty", "two\nlines", "café naïve Ångström Gdańsk Straße", "nai\u0308ve e\u0301",
    "10⁻³ x₂ m²", "“quoted” – dash — … €", "\\end{tabular}", "\\\\[1cm]", "{", "}", "{}", "^", "~", "<script>alert(1)</script>",
]
# Beyond what every font has: pdfLaTeX and a font without them print numbers.
RARE = ["中文", "Привет", "🦆 duck", "👩\u200d🔬", "ɓ ŋ ħ", "\u200b\ufeff", "a\x1bb\x7fc", "ﬁ ﬀ", "\u2028x", "ąę «x» „y“", "a\u0338<\u0338b&\u0338", "Łódź ≠ b ∥ c ‖ d √2"]


def random_texts(seed, count=60):
    chance = random.Random(seed)
    signs = list("\\`*_{}[]<>()#+-.!|&$%~^\"',;:=/? ") + ["--", "``", "''", "<<", "$$", "\\(", "\\\\", "&#", "http://", "ä", "τ", "≤", "a", "b", "1", "0"]
    return ["".join(chance.choice(signs) for _ in range(chance.randint(1, 9))) for _ in range(count)]


def texts(seed):
    """A table's second column: text that no reader of CSV takes for missing or for a number."""
    found = KNOWN + random_texts(seed)
    return [text for text in found if text.strip() and not re.fullmatch(r"[-+0-9.e ]+", text)]


def make(folder, cells, *exports):
    """Exports a table of these texts under the names asked for."""
    with open(folder / "t.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerows([["text", "n|_*$"]] + [[text, f"n{number}n"] for number, text in enumerate(cells)])
    code = 't = open "t.csv"\n' + "\n".join(f'export t "{name}"' for name in exports)
    (folder / "t.contrast").write_text(code)
    done = subprocess.run([PROGRAM, "run", "t.contrast"], cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def plain(text):
    """The text as its words: spaces do not count, nor which of two equal forms a letter has."""
    return re.sub(r"[\s\x00-\x1f\x7f]+", "", unicodedata.normalize("NFC", text))


# MARK: LaTeX

def has_latex():
    """Programs alone do not do: some installations of them lack the package that exported tables use."""
    if not all(shutil.which(program) for program in ("pdflatex", "lualatex", "pdftotext", "kpsewhich")):
        return False
    packages = ["booktabs.sty", "lmodern.sty"]
    found = subprocess.run(["kpsewhich", *packages], capture_output=True, text=True).stdout.split()
    return len(found) == len(packages)


needs_latex = pytest.mark.skipif(
    not has_latex(),
    reason="pdflatex, lualatex, pdftotext, booktabs or lmodern is missing: apt-get install texlive-latex-base texlive-latex-recommended "
           "texlive-luatex lmodern poppler-utils")

T1 = "\\usepackage[T1]{fontenc}\n\\usepackage{lmodern}\n"
# How fonts call signs that look alike.
ALIKE = str.maketrans({"ˆ": "^", "˜": "~", "∗": "*", "∣": "|", "µ": "μ", "⁻": "−", "²": "2", "³": "3", "₂": "2"})


def printed(folder, engine, preamble):
    """Compiles `t.tex` within a page that holds it, and gives the words of each row, by its number."""
    (folder / "page.tex").write_text(
        "\\documentclass{article}\n\\usepackage[paperwidth=40cm,paperheight=150cm,margin=1cm]{geometry}\n\\usepackage{booktabs}\n"
        + preamble + "\\begin{document}\\noindent\n\\input{t.tex}\n\\end{document}\n")
    done = subprocess.run([engine, "-interaction=nonstopmode", "page.tex"], cwd=folder, capture_output=True, text=True, errors="replace",
                          timeout=120, stdin=subprocess.DEVNULL)
    errors = [line for line in done.stdout.splitlines() if line.startswith("!")]
    assert done.returncode == 0 and not errors, f"{engine}: {errors}\n{done.stdout[-2000:]}"
    text = subprocess.run(["pdftotext", "-layout", "page.pdf", "-"], cwd=folder, capture_output=True, text=True, check=True).stdout
    return {int(row[2]): row[1].strip() for row in re.finditer(r"^(.*?)\bn(\d+)n\s*$", text, re.M)}


@needs_latex
@pytest.mark.parametrize("engine, preamble", [("pdflatex", ""), ("pdflatex", T1), ("lualatex", "")], ids=["pdflatex", "pdflatex-T1", "lualatex"])
@pytest.mark.parametrize("seed", [1, 2])
def test_latex_prints_what_the_table_says(tmp_path, engine, preamble, seed):
    cells = texts(seed)
    make(tmp_path, cells, "t.tex")
    rows = printed(tmp_path, engine, preamble)
    wrong = []
    for number, text in enumerate(cells):
        want, got = (unicodedata.normalize("NFKC", plain(one).translate(ALIKE)) for one in (text, rows.get(number, "(no row)")))
        if not preamble and engine == "pdflatex":
            # The oldest fonts draw underscores as lines and accents over their letters, which is no text to a reader of the file.
            want, got = (re.sub("[^!-^`-~]", "", one) for one in (want, got))
        if want != got:
            wrong.append((text, rows.get(number)))
    assert not wrong


@needs_latex
@pytest.mark.parametrize("engine, preamble", [("pdflatex", ""), ("pdflatex", T1), ("lualatex", "")], ids=["pdflatex", "pdflatex-T1", "lualatex"])
def test_latex_prints_numbers_for_what_no_font_has(tmp_path, engine, preamble):
    make(tmp_path, RARE, "t.tex")
    rows = printed(tmp_path, engine, preamble)
    assert len(rows) == len(RARE)
    assert plain(rows[0]) == "U+4E2DU+6587"
    assert plain(rows[2]) == "U+1F986duck"
    assert plain(rows[6]) == "aU+001BbU+007Fc"
    if preamble or engine == "lualatex":
        assert plain(rows[9]) == "ąę«x»„y“"


@needs_latex
@pytest.mark.parametrize("engine", ["pdflatex", "lualatex"])
def test_latex_of_tables_without_rows_or_columns(tmp_path, engine):
    (tmp_path / "t.contrast").write_text('export (table) "t.tex"\nexport (table x=[]) "u.tex"\nt = table x=["[1]"] y=[2]\nadd t z=""\nexport t "v.tex"')
    done = subprocess.run([PROGRAM, "run", "t.contrast"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    for name in ["u.tex", "v.tex"]:
        (tmp_path / "t.tex").write_text((tmp_path / "t.tex").read_text() + "\n\n" + (tmp_path / name).read_text())
    printed(tmp_path, engine, "")


# MARK: Markdown

class Cells(html.parser.HTMLParser):
    """The text of each cell of a page's tables, and which tags there are."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.rows, self.tags, self.inside = [], set(), False
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self.inside = True

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.inside = False

    def handle_data(self, data):
        if self.inside:
            self.rows[-1][-1] += data


def rendered(renderer, text):
    if renderer == "markdown-it-py":
        markdown_it = pytest.importorskip("markdown_it", reason="markdown-it-py is missing: pip install -r scripts/requirements.txt")
        return markdown_it.MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text)
    mistune = pytest.importorskip("mistune", reason="mistune is missing: pip install -r scripts/requirements.txt")
    return mistune.create_markdown(escape=False, plugins=["table", "strikethrough", "math", "superscript", "url"])(text)


@pytest.mark.parametrize("renderer", ["markdown-it-py", "mistune"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_markdown_prints_what_the_table_says(tmp_path, renderer, seed):
    cells = texts(seed) + RARE
    make(tmp_path, cells, "t.md")
    found = Cells(rendered(renderer, (tmp_path / "t.md").read_text()))
    assert found.tags <= {"table", "thead", "tbody", "tr", "td", "th", "a"}
    wrong = [(text, row) for text, row in zip([["text", "n|_*$"]] + [[text, f"n{n}n"] for n, text in enumerate(cells)], found.rows, strict=True)
             if [plain(one) for one in text] != [plain(one) for one in row]]
    assert not wrong


# MARK: HTML

@pytest.mark.parametrize("seed", [1, 2])
def test_html_shows_what_the_table_says(tmp_path, seed):
    cells = (texts(seed) + RARE)[-40:] if seed == 1 else (texts(seed) + RARE)[:40]
    make(tmp_path, cells, "u.csv")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell('open "t.csv"')])
    NotebookClient(notebook, kernel_name=NAME, timeout=60, resources={"metadata": {"path": str(tmp_path)}}).execute()
    page = notebook.cells[0].outputs[0].data["text/html"]
    assert re.match(r'<table class="tex2jax_ignore mathjax_ignore"', page), "no formulas of anybody's dollar signs"
    found = Cells(page)
    assert found.tags == {"table", "thead", "tbody", "tr", "td", "th"}
    assert found.rows == [["text", "n|_*$"]] + [[text, f"n{number}n"] for number, text in enumerate(cells)]


@pytest.mark.skipif(not shutil.which("lualatex"), reason="lualatex is missing: apt-get install texlive-luatex")
def test_nbconvert_keeps_tables_and_pictures_on_paper(tmp_path):
    pytest.importorskip("nbconvert", reason="nbconvert is missing: pip install -r scripts/requirements.txt")
    import nbconvert
    cells = ['table what=["a_b & <c>"] n=[3]', "load shapes train=12 test=10 size=16", "explain temperature"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, kernel_name=NAME, timeout=60, resources={"metadata": {"path": str(tmp_path)}}).execute()
    latex, resources = nbconvert.LatexExporter().from_notebook_node(notebook)
    assert "a\\_b \\& \\textless{}c\\textgreater{} & 3" in latex
    assert len([name for name in resources["outputs"] if name.endswith(".png")]) == 2
    page, _ = nbconvert.HTMLExporter().from_notebook_node(notebook)
    assert 'pre style="font-family:monospace"' in page and page.count("<table") >= 1
