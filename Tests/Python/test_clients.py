"""The installed kernel in every client that runs without a screen; test_browser.py opens the others.

A client that is not installed is skipped, and the reason says what to install: pip install -r scripts/requirements.txt.
"""
import asyncio
import importlib.util
import os
import pathlib
import re
import shutil
import subprocess
import sys

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient
from test_kernel import PATIENCE

NAME = os.environ.get("CONTRAST_KERNEL", "contrast")
PROGRAM = KernelSpecManager().get_kernel_spec(NAME).argv[0]
BUILD = pathlib.Path(__file__).resolve().parents[2] / "build"
SMALL = "shapes = load shapes train=200 test=40 size=16\nmodel = simclr (cnn width=4) head=[8]"


def needs(module):
    return pytest.mark.skipif(importlib.util.find_spec(module) is None, reason=f"{module} is not installed")


def jupyter(*arguments, cwd, code=0, **options):
    """Runs a program of this Python environment and returns what it wrote, errors last."""
    program = pathlib.Path(sys.executable).parent / arguments[0]
    done = subprocess.run([program, *arguments[1:]], cwd=cwd, capture_output=True, text=True, timeout=120, **options)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def notebook(*cells):
    return nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) if isinstance(cell, str) else cell for cell in cells],
        metadata={"kernelspec": {"name": NAME, "display_name": "Contrast", "language": "contrast"}})


def written(path, *cells):
    nbformat.write(notebook(*cells), path)
    return path


def tagged(code, tag):
    return nbformat.v4.new_code_cell(code, metadata={"tags": [tag]})


class Impatient(NotebookClient):
    """Interrupts a cell whose display was updated a few times."""

    updates = 0

    def process_message(self, msg, cell, cell_index):
        if msg["msg_type"] == "update_display_data":
            self.updates += 1
            if self.updates == 3:
                self.interruption = asyncio.ensure_future(self.km.interrupt_kernel())
        return super().process_message(msg, cell, cell_index)


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """A notebook with a picture, a table, progress that was interrupted, and an error; run by nbclient."""
    content = notebook(
        nbformat.v4.new_markdown_cell("# A title"), SMALL, "show shapes.train count=4",
        "t = table\nadd t name=\"a & b\" value=3\nt",
        "train model on=shapes.train epochs=100000 batch=50", "plot loss model", "x = 3\nshow x wiht=simclr")
    client = Impatient(content, kernel_name=NAME, allow_errors=True, timeout=60)
    client.execute()
    path = tmp_path_factory.mktemp("executed") / "all.ipynb"
    nbformat.write(content, path)
    return path


def converted(executed, tmp_path, kind):
    jupyter("jupyter-nbconvert", "--to", kind, "--output-dir", tmp_path, executed, cwd=tmp_path)
    found = [path for path in tmp_path.iterdir() if path.is_file()]
    assert len(found) == 1
    return found[0]


def test_nbclient_keeps_progress_as_one_output_in_its_last_state(executed):
    cells = nbformat.read(executed, as_version=4).cells
    progress, error = cells[4].outputs
    assert progress.output_type == "display_data" and "stopped after" in progress.data["text/plain"]
    assert error.ename == "Interrupted"
    assert cells[2].outputs[0].data["image/png"] and cells[2].outputs[0].metadata["image/png"]["alt"]
    assert cells[6].outputs[0].output_type == "error"


class Watching(NotebookClient):
    """Counts the updates of the second display of a cell, and keeps its words."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.maps = []

    def process_message(self, msg, cell, cell_index):
        content = msg["content"]
        if msg["msg_type"] in ("display_data", "update_display_data") and "pairs of points" in content["data"]["text/plain"]:
            self.maps.append((content["transient"]["display_id"], content["data"]["text/plain"]))
        return super().process_message(msg, cell, cell_index)


def test_a_map_of_a_training_moves_in_one_place_and_stays_in_its_last_state():
    content = notebook(
        "few = (load shapes train=2000 test=10 size=32).train\nmodel = simclr (cnn width=16) head=[32, 2]",
        "train model on=few epochs=12 batch=100 watch=[map]", "plot z model interactive=true")
    client = Watching(content, kernel_name=NAME, timeout=120)
    client.execute()
    assert len({place for place, _ in client.maps}) == 1 and len(client.maps) > 1, "one display that is updated"
    told = [re.findall(r"epoch (\d+)", text) for _, text in client.maps]
    assert all(first == "0" for first, *_ in told), "the first state stands beside the latest"
    last = [int(epochs[-1]) for epochs in told]
    assert last == sorted(last) and last[-1] == 12
    progress, shown, history = content.cells[1].outputs
    assert "100 %" in progress.data["text/plain"] and "epoch 12" in shown.data["text/plain"]
    assert shown.data["image/png"] and history.output_type == "execute_result"
    moving = content.cells[2].outputs[0].data["application/vnd.vegalite.v5+json"]
    assert moving["params"][0]["bind"]["max"] == 12


@needs("nbconvert")
def test_nbconvert_to_html(executed, tmp_path):
    page = converted(executed, tmp_path, "html").read_text()
    assert re.search(r'<span class="k">train</span>', page), "the lexer colours verbs"
    assert re.search(r'<span class="k">load</span> *(<span class="w"> *</span>)?<span class="nb">shapes</span>', page)
    assert page.count(" images/s") == 1, "progress is there once"
    assert "a &amp; b" in page
    assert page.count("data:image/png;base64,") >= 2
    caret = re.search(r'<span class="ansi-red-fg">\^+</span>', page)
    assert caret, "errors keep their colours"


@needs("nbconvert")
def test_nbconvert_to_markdown(executed, tmp_path):
    jupyter("jupyter-nbconvert", "--to", "markdown", "--output-dir", tmp_path, executed, cwd=tmp_path)
    text = (tmp_path / "all.md").read_text()
    assert "```contrast\nshapes = load shapes" in text
    assert "# A title" in text and ".png)" in text
    assert list((tmp_path / "all_files").glob("*.png"))


@needs("nbconvert")
def test_nbconvert_to_a_script_that_runs(tmp_path):
    written(tmp_path / "in.ipynb", nbformat.v4.new_markdown_cell("# Sum"), "x = 3", "x + 1")
    # A run writes language_info, which says how the file ends.
    jupyter("jupyter-execute", "--inplace", "in.ipynb", cwd=tmp_path)
    jupyter("jupyter-nbconvert", "--to", "script", "in.ipynb", cwd=tmp_path)
    done = subprocess.run([PROGRAM, "run", "in.contrast"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and done.stdout.strip().endswith("4"), done.stdout + done.stderr


@needs("nbconvert")
@pytest.mark.skipif(not shutil.which("chromium"), reason="Chromium is missing: apt-get install chromium")
def test_html_prints_as_pdf(executed, tmp_path):
    page = converted(executed, tmp_path, "html")
    BUILD.joinpath("browser").mkdir(parents=True, exist_ok=True)
    target = BUILD / "browser" / "printed.pdf"
    subprocess.run(
        ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer", f"--user-data-dir={tmp_path}/profile",
         "--host-resolver-rules=MAP * ~NOTFOUND", f"--print-to-pdf={target}", page.as_uri()],
        check=True, capture_output=True, timeout=90)
    assert target.read_bytes().startswith(b"%PDF") and target.stat().st_size > 10_000


@needs("nbclient")
def test_jupyter_execute(tmp_path):
    path = written(tmp_path / "in.ipynb", "x = 3", "x + 1")
    jupyter("jupyter-execute", "--inplace", "in.ipynb", cwd=tmp_path)
    assert nbformat.read(path, as_version=4).cells[1].outputs[0].data["text/plain"] == "4"


def test_jupyter_run(tmp_path):
    (tmp_path / "file.contrast").write_text('x = 3\n"x is {x}"\n')
    assert "x is 3" in jupyter("jupyter-run", "--kernel", NAME, "file.contrast", cwd=tmp_path)


@needs("jupyter_console")
@needs("pexpect")
def test_jupyter_console(tmp_path):
    import pexpect

    program = str(pathlib.Path(sys.executable).parent / "jupyter-console")
    console = pexpect.spawn(program, ["--kernel", NAME, "--simple-prompt"], cwd=tmp_path, encoding="utf-8", timeout=PATIENCE,
                            env={**os.environ, "TERM": "dumb"}, dimensions=(40, 120))
    try:
        console.expect(r"In \[1\]: ")
        console.sendline("1 + 1")
        console.expect(r"Out\[1\]: 2")
        console.expect(r"In \[2\]: ")
        console.sendline("tran 3")
        console.expect("Did you mean")
        console.expect(r"In \[3\]: ")
        console.sendline("shapes = load shapes train=20 test=10")
        console.expect(r"In \[4\]: ")
        console.sendline("shapes")
        console.expect("20 \\+ 10 images")
        console.expect(r"In \[5\]: ")
        console.sendline('n = ask "How many?" default=4')
        console.expect(r"\[4\] ")
        console.sendline("7")
        console.expect(r"In \[6\]: ")
        console.sendline("n * 2")
        console.expect(r"Out\[6\]: 14")
        console.expect(r"In \[7\]: ")
        console.sendline('show "{1 + 1} begun"; for i in 0..<1000000000 { x = i }')
        console.expect("2 begun")
        # Without the interrupt the loop would take minutes.
        console.sendintr()
        console.expect(r"In \[8\]: ")
        console.sendeof()
        console.sendline("y")
        console.expect(pexpect.EOF)
    finally:
        console.close(force=True)


@needs("jupyter_console")
@needs("pexpect")
def test_jupyter_console_completes_colours_and_explains(tmp_path):
    import pexpect

    program = str(pathlib.Path(sys.executable).parent / "jupyter-console")
    console = pexpect.spawn(program, ["--kernel", NAME], cwd=tmp_path, encoding="utf-8", timeout=PATIENCE,
                            env={**os.environ, "TERM": "xterm", "PAGER": "cat"}, dimensions=(40, 120))
    try:
        # The console asks where the cursor is, and draws its line when a terminal answers.
        console.expect_exact("\x1b[6n")
        console.send("\x1b[1;1R")
        console.expect(r"In \[.*1.*\]: ")
        console.send("simcl\t")
        console.expect(r"\x1b\[0;38;5;28;1msimclr")
        console.send("\x15train?\r")
        console.expect("train: Train a model on images")
        console.expect_exact("optimizer=adam")
    finally:
        console.close(force=True)


@needs("jupyter_console")
@needs("pexpect")
def test_jupyter_console_says_that_a_model_trains(tmp_path):
    import pexpect

    program = str(pathlib.Path(sys.executable).parent / "jupyter-console")
    console = pexpect.spawn(program, ["--kernel", NAME, "--simple-prompt"], cwd=tmp_path, encoding="utf-8", timeout=PATIENCE,
                            env={**os.environ, "TERM": "dumb"}, dimensions=(40, 200))
    try:
        console.expect(r"In \[1\]: ")
        console.sendline(SMALL.replace("\n", "; "))
        console.expect(r"In \[2\]: ")
        console.sendline("train model on=shapes.train epochs=100000 batch=50")
        console.expect(r"Training [^\n]*epoch")
        console.sendintr()
        console.expect("Training stopped after")
        console.expect(r"In \[3\]: ")
    finally:
        console.close(force=True)


@needs("papermill")
@needs("contrast_jupyter")
def test_papermill_keeps_pictures_and_progress_as_it_ended(tmp_path):
    # Longer than a second on any machine: what is quicker shows no progress.
    path = written(tmp_path / "in.ipynb", SMALL, "train model on=shapes.train epochs=150 batch=50;", "plot loss model")
    jupyter("papermill", path, "out.ipynb", cwd=tmp_path)
    cells = nbformat.read(tmp_path / "out.ipynb", as_version=4).cells
    [progress] = cells[1].outputs
    assert progress.output_type == "display_data" and "epoch 150/150" in progress.data["text/plain"]
    [picture] = cells[2].outputs
    assert picture.data["image/png"] and picture.metadata["image/png"]["alt"]


@needs("papermill")
@needs("contrast_jupyter")
def test_papermill_with_parameters(tmp_path):
    path = written(
        tmp_path / "in.ipynb",
        tagged('epochs = 20  # passes over the images\nname = "a"\nrates = [0.1]\nflag = false\nkept = 7', "parameters"),
        '"{epochs * 2} {name} {rates.count} {rates[1]} {flag} {kept}"')
    jupyter("papermill", path, "out.ipynb", "-p", "epochs", "2", "-r", "name", 'b "{x}" \\ τ\n',
            "-y", "rates: [1.0e-5, -3]", "-p", "flag", "True", "-y", "kept: null", cwd=tmp_path)
    done = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    injected = done.cells[1]
    assert injected.metadata.tags == ["injected-parameters"]
    lines = injected.source.splitlines()
    assert lines[0] == "# Parameters"
    assert sorted(lines[1:]) == [
        "# kept keeps the notebook's value", "epochs = 2", "flag = true",
        'name = "b \\"\\{x\\}\\" \\\\ τ\\n"', "rates = [1e-05, -3]"]
    assert done.cells[2].outputs[0].data["text/plain"] == '"4 b \\"\\{x}\\" \\\\ τ\\n 2 -3 true 7"'
    help_text = jupyter("papermill", "--help-notebook", path, cwd=tmp_path)
    assert re.search(r"epochs: number \(default 20\)\s+passes over the images", help_text)
    assert "rates: list (default [0.1])" in help_text


@needs("papermill")
@needs("contrast_jupyter")
def test_papermill_refuses_what_the_language_cannot_write():
    from papermill.exceptions import PapermillException
    from papermill.parameterize import translate_parameters

    for value in [{"a": 1}, float("inf"), float("nan"), [None], [[{}]]]:
        with pytest.raises(PapermillException, match="Contrast has no"):
            translate_parameters(NAME, "contrast", {"x": value})


@needs("nbval")
def test_nbval_compares_outputs(tmp_path):
    written(tmp_path / "good.ipynb", "x = 3", "x + 1")
    jupyter("jupyter-execute", "--inplace", "good.ipynb", cwd=tmp_path)
    content = (tmp_path / "good.ipynb").read_text()
    (tmp_path / "bad.ipynb").write_text(content.replace('"x + 1"', '"x + 2"'))
    said = jupyter("pytest", "-q", "-p", "no:cacheprovider", "--nbval", "good.ipynb", "bad.ipynb", cwd=tmp_path, code=1)
    assert "1 failed, 3 passed" in said


@needs("nbmake")
def test_nbmake_runs_notebooks(tmp_path):
    written(tmp_path / "good.ipynb", "x = 3", "x + 1")
    written(tmp_path / "bad.ipynb", "x = unknown")
    said = jupyter("pytest", "-q", "-p", "no:cacheprovider", "--nbmake", "good.ipynb", "bad.ipynb", cwd=tmp_path, code=1)
    assert "1 failed, 1 passed" in said
