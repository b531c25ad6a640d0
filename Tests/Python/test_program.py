"""The program on its own and with real clients: `contrast run`, `install`, and training that is interrupted.

Needs the kernel installed where Jupyter finds it; the program is the one that its kernelspec names.
"""
import importlib.metadata
import json
import os
import pathlib
import re
import signal
import subprocess
import sys

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient
from test_kernel import PATIENCE

NAME = os.environ.get("CONTRAST_KERNEL", "contrast")
PROGRAM = KernelSpecManager().get_kernel_spec(NAME).argv[0]
ROOT = pathlib.Path(__file__).resolve().parents[2]
SMALL = "shapes = load shapes train=400 test=40 size=16\nmodel = simclr (resnet18 size=16 width=4) head=[8]"


def contrast(*arguments, cwd, **environment):
    return subprocess.run([PROGRAM, *arguments], cwd=cwd, capture_output=True, text=True, timeout=120,
                          env={**os.environ, **environment})


def write_notebook(path, *cells):
    notebook = nbformat.v4.new_notebook(
        cells=[cell if not isinstance(cell, str) else nbformat.v4.new_code_cell(cell) for cell in cells],
        metadata={"kernelspec": {"name": NAME, "display_name": "Contrast", "language": "contrast"}})
    nbformat.write(notebook, path)
    return notebook


def test_run_executes_a_notebook_as_jupyter_would(tmp_path):
    write_notebook(tmp_path / "in.ipynb", nbformat.v4.new_markdown_cell("# Title"), SMALL, "shapes", "1 + 1")
    done = contrast("run", "in.ipynb", "--output", "out.ipynb", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    mine = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    nbformat.validate(mine)
    assert [cell.get("execution_count") for cell in mine.cells] == [None, 1, 2, 3]
    assert "iopub.execute_input" in mine.cells[3].metadata["execution"]
    theirs = nbformat.read(tmp_path / "in.ipynb", as_version=4)
    NotebookClient(theirs, kernel_name=NAME, resources={"metadata": {"path": str(tmp_path)}}).execute()
    for left, right in zip(mine.cells, theirs.cells):
        assert left.get("outputs") == right.get("outputs")


def test_run_stops_at_the_cell_that_fails(tmp_path):
    write_notebook(tmp_path / "in.ipynb", "x = 3", "unknownverb x", "y = 4")
    done = contrast("run", "in.ipynb", "--output", "out.ipynb", cwd=tmp_path)
    assert done.returncode == 1
    assert "cell 2" in done.stderr and "unknownverb" in done.stderr and done.stderr.count("\n") == 1
    assert "^^^" in done.stdout and "\x1b" not in done.stdout
    cells = nbformat.read(tmp_path / "out.ipynb", as_version=4).cells
    assert cells[1].outputs[0].output_type == "error"
    assert [cell.execution_count for cell in cells] == [1, 2, None]


def test_run_shows_progress_on_a_terminal_and_an_interrupt_ends_it(tmp_path):
    pexpect = pytest.importorskip("pexpect", reason="pexpect is missing: pip install -r scripts/requirements.txt")
    (tmp_path / "file.contrast").write_text(
        "shapes = load shapes train=200 test=40 size=16\nmodel = simclr (cnn width=4) head=[8]\n"
        "# %%\ntrain model on=shapes.train epochs=100000 batch=50\n# %%\nshow \"never\"\n")
    run = pexpect.spawn(PROGRAM, ["run", "file.contrast"], cwd=tmp_path, encoding="utf-8", timeout=PATIENCE, dimensions=(40, 160))
    try:
        run.expect(r"Training [^\r\n]*epoch")
        # Up one line and over what was there.
        run.expect(r"\x1b\[1A\x1b\[JTraining [^\r\n]*epoch")
        run.kill(signal.SIGINT)
        # Without the interrupt it would train for hours.
        run.expect(pexpect.EOF)
    finally:
        run.close(force=True)
    assert run.exitstatus == 128 + signal.SIGINT
    last = run.before.rstrip().splitlines()[-1]
    assert re.fullmatch(r"contrast: file\.contrast, from line 4: Training stopped after \d+ steps?; "
                        r"the model keeps what it has learned so far\.", last)
    assert "stopped after" in run.before and "never" not in run.before


def test_progress_of_a_training_ends_on_the_numbers_of_its_table(tmp_path):
    write_notebook(tmp_path / "in.ipynb", "s = load shapes train=600 test=10 size=32\nmodel = simclr (resnet18 width=16)",
                   "train model on=s.train epochs=3 batch=50")
    assert contrast("run", "in.ipynb", "--output", "out.ipynb", cwd=tmp_path).returncode == 0
    bar, table = nbformat.read(tmp_path / "out.ipynb", as_version=4).cells[1].outputs
    loss, top1 = re.search(r"epoch 3/3  loss ([\d.]+)  top-1 ([\d.]+ %)", bar.data["text/plain"]).groups()
    epoch, *numbers = table.data["text/plain"].splitlines()[-1].split()
    assert epoch == "3" and round(float(numbers[0]), 3) == float(loss)
    # Steps differ from one another: the curve is called what it is.
    assert "loss of each step" in bar.data["text/html"]


def test_set_wins_over_what_the_file_assigns(tmp_path):
    (tmp_path / "file.contrast").write_text("n = 3\nname = \"a\"\n# %%\n\"{n} {name}\"\n")
    done = contrast("run", "file.contrast", "--set", "n=2 * 4", "--set", 'name="b"', cwd=tmp_path)
    assert done.returncode == 0 and '"8 b"' in done.stdout, done.stderr
    for setting in ["n", "train=3", "n=unknown", "3=n"]:
        bad = contrast("run", "file.contrast", "--set", setting, cwd=tmp_path)
        assert bad.returncode != 0 and bad.stderr, setting


def test_a_name_that_the_file_never_assigns_cannot_be_set(tmp_path):
    (tmp_path / "file.contrast").write_text("n = 3\n# %%\nslider size from=1 to=9 {\n  kept = size\n}\n")
    for setting, answer in [("nn=3", "assigns no name `nn`. Did you mean `n`? Names: n, size, kept."),
                            ("sise=3", "Did you mean `size`?"),
                            ("n=quick", "`quick` is not known. Text goes in quotes: --set 'n=\"quick\"'.")]:
        bad = contrast("run", "file.contrast", "--set", setting, cwd=tmp_path)
        assert bad.returncode == 1 and answer in bad.stderr and bad.stdout == "", bad.stderr
    assert contrast("run", "file.contrast", "--set", "size=2", "--set", "kept=4", cwd=tmp_path).returncode == 0


LONG = ("shapes = load shapes train=200 test=40 size=16\nmodel = simclr (cnn width=4) head=[8]\nt = table a=[1, 2]\nagain = model\n"
        "train model on=shapes.train epochs=1 batch=50; print \"ready\"",
        "train model on=shapes.train epochs=100000 batch=50\nsave model \"never.safetensors\"", "3")


def heed_signals():
    """Before a program starts: whoever runs the tests may ignore hang-ups, as `nohup` does, and programs inherit that."""
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)


def read_until(file, word):
    for line in file:
        if line.startswith(word):
            return
    pytest.fail(f"the program ended before it wrote {word}")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
@pytest.mark.parametrize("keep", [False, True])
def test_a_job_that_is_killed_writes_what_there_is(tmp_path, number, keep):
    """As a batch system and systemd do it."""
    write_notebook(tmp_path / "in.ipynb", *LONG)
    options = ["--keep", "results/kept"] if keep else []
    job = subprocess.Popen([PROGRAM, "run", "in.ipynb", "--output", "out.ipynb", *options], cwd=tmp_path, text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=heed_signals)
    read_until(job.stdout, "ready")
    read_until(job.stdout, "Training")
    job.send_signal(number)
    # A batch system may ask more than once.
    job.send_signal(number)
    output, errors = job.communicate(timeout=PATIENCE)
    assert job.returncode == 128 + number
    assert re.fullmatch(r"contrast: in\.ipynb, cell 2: Training stopped after \d+ steps?; the model keeps what it has "
                        r"learned so far\.\n", errors), errors
    cells = nbformat.read(tmp_path / "out.ipynb", as_version=4).cells
    assert [cell.execution_count for cell in cells] == [1, 2, None]
    assert [output.output_type for output in cells[1].outputs] == ["display_data", "error"]
    assert "stopped after" in cells[1].outputs[0].data["text/plain"]
    assert not (tmp_path / "never.safetensors").exists()
    kept = {str(path.relative_to(tmp_path)) for path in (tmp_path / "results").rglob("*.*")}
    assert kept == ({"results/kept/model.safetensors", "results/kept/t.csv"} if keep else set())
    if keep:
        assert "kept results/kept/model.safetensors\nkept results/kept/t.csv\n" in output
        (tmp_path / "next.contrast").write_text('model = open "results/kept/model.safetensors"\nmodel.history.steps.count > 0')
        assert contrast("run", "next.contrast", cwd=tmp_path).stdout.endswith("true\n")


def test_a_failed_run_keeps_what_there_is_too(tmp_path):
    (tmp_path / "a.contrast").write_text("t = table a=[1, 2]\nx = 3\n# %%\n[1][x]\n")
    done = contrast("run", "a.contrast", "--keep", "k", cwd=tmp_path)
    assert done.returncode == 1 and (tmp_path / "k/t.csv").read_text() == "a\n1\n2\n"
    (tmp_path / "file").write_text("")
    done = contrast("run", "a.contrast", "--keep", "file/k", cwd=tmp_path)
    assert done.returncode == 1 and "file/k/t.csv could not be kept" in done.stderr
    (tmp_path / "b.contrast").write_text("t = table a=[1, 2]\n")
    assert contrast("run", "b.contrast", "--keep", "none", cwd=tmp_path).returncode == 0
    assert not (tmp_path / "none").exists()


def test_a_job_under_nohup_goes_on_when_its_terminal_is_closed(tmp_path):
    (tmp_path / "a.contrast").write_text("print \"begun\"\n# %%\nfor i in 0..<3000000 { x = i }\nx\n")
    job = subprocess.Popen(["nohup", PROGRAM, "run", "a.contrast"], cwd=tmp_path, text=True, stdout=subprocess.PIPE,
                           stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    read_until(job.stdout, "begun")
    job.send_signal(signal.SIGHUP)
    assert job.communicate(timeout=2 * PATIENCE)[0].endswith("2999999\n") and job.returncode == 0


@pytest.mark.parametrize("name,content", [("missing.ipynb", None), ("bad.ipynb", "{"), ("empty.ipynb", "")])
def test_run_says_what_is_wrong_with_a_file(tmp_path, name, content):
    if content is not None:
        (tmp_path / name).write_text(content)
    done = contrast("run", name, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("contrast: ") and name in done.stderr and done.stderr.count("\n") == 1


def test_install_and_uninstall(tmp_path):
    assert contrast("install", "--prefix", str(tmp_path), "--name", "other", cwd=tmp_path).returncode == 0
    spec = json.loads((tmp_path / "share/jupyter/kernels/other/kernel.json").read_text())
    assert spec["argv"][0] == PROGRAM and spec["language"] == "contrast" and spec["interrupt_mode"] == "message"
    assert contrast("uninstall", "--prefix", str(tmp_path), "--name", "other", cwd=tmp_path).returncode == 0
    assert not (tmp_path / "share/jupyter/kernels/other").exists()
    assert contrast("uninstall", "--prefix", str(tmp_path), "--name", "other", cwd=tmp_path).returncode == 1
    assert contrast("install", "--prefix", "/proc/nowhere", cwd=tmp_path).returncode == 1


def test_kernels_of_other_names_look_different(tmp_path):
    names = {"contrast": (), "contrast2": (), "lesson": ("--display-name", "Contrast for the lesson")}
    wanted = {"contrast": "Contrast", "contrast2": "Contrast (contrast2)", "lesson": "Contrast for the lesson"}
    for name, options in names.items():
        done = contrast("install", "--prefix", str(tmp_path), "--name", name, *options, cwd=tmp_path)
        assert done.returncode == 0 and f"choose {wanted[name]} in" in done.stdout
        spec = json.loads((tmp_path / "share/jupyter/kernels" / name / "kernel.json").read_text())
        assert spec["display_name"] == wanted[name]
    empty = contrast("install", "--prefix", str(tmp_path), "--display-name", " ", cwd=tmp_path)
    assert empty.returncode == 1 and "display name" in empty.stderr


def test_the_program_and_the_python_package_own_different_files(tmp_path):
    """Each is removed without harm to the other."""
    python = importlib.metadata.files("contrast-jupyter") or pytest.skip("pip install ./kernelspec")
    assert all(file.parts[0].startswith("contrast_jupyter") for file in python), python
    assert contrast("install", "--prefix", str(tmp_path), cwd=tmp_path).returncode == 0
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.relative_to(tmp_path).parts[:3] for path in files} == {
        ("share", "jupyter", "kernels"), ("share", "jupyter", "labextensions")}
    assert contrast("uninstall", "--prefix", str(tmp_path), cwd=tmp_path).returncode == 0
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_doctor_tells_what_it_finds(tmp_path):
    done = contrast("doctor", cwd=tmp_path, JUPYTER_PATH=str(pathlib.Path(sys.prefix) / "share/jupyter"))
    for word in ["contrast", "CPU", "BLAS", "kernel", "curl"]:
        assert word in done.stdout


def test_an_interrupt_stops_training_and_the_model_stays_usable(tmp_path):
    manager, client = start_new_kernel(kernel_name=NAME, startup_timeout=PATIENCE)
    try:
        client.execute_interactive(SMALL)
        shown = []
        message = client.execute("train model on=shapes.train epochs=100000 batch=50")
        while not shown:
            reply = client.get_iopub_msg(timeout=PATIENCE)
            if reply["msg_type"] == "display_data":
                shown.append(reply)
        manager.interrupt_kernel()
        # Without the interrupt it would train for much longer.
        while True:
            reply = client.get_shell_msg(timeout=PATIENCE)
            if reply["parent_header"]["msg_id"] == message:
                break
        assert reply["content"]["status"] == "error" and reply["content"]["ename"] == "Interrupted"
        assert "Training" in shown[0]["content"]["data"]["text/plain"]
        results = []
        reply = client.execute_interactive(
            "knn (embed shapes.test with=model) among=(embed shapes.train with=model)\nmodel.history.steps.count > 0",
            output_hook=lambda m: results.append(m) if m["msg_type"] == "execute_result" else None)
        assert reply["content"]["status"] == "ok"
        assert results[-1]["content"]["data"]["text/plain"] == "true"
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def peak_memory(folder, name, images, epochs):
    """Megabytes that the program took at most to train so many images for so many epochs."""
    write_notebook(
        folder / f"{name}.ipynb",
        f"data = load shapes train={images} test=40 size=32\nmodel = simclr (resnet18 size=32 width=8) head=[8]",
        f"train model on=data epochs={epochs} batch=100")
    process = subprocess.Popen([PROGRAM, "run", f"{name}.ipynb"], cwd=folder, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    assert status == 0
    return usage.ru_maxrss / 1024


def test_memory_grows_neither_with_epochs_nor_with_images(tmp_path):
    least = peak_memory(tmp_path, "least", images=200, epochs=1)
    assert least > 60, "a step over 200 views keeps more than that"
    assert peak_memory(tmp_path, "epochs", images=200, epochs=4) < 1.1 * least
    assert peak_memory(tmp_path, "images", images=800, epochs=1) < 1.1 * least


def resident(pid):
    fields = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(fields["VmRSS"].split()[0]) / 1024


def test_forgetting_a_model_gives_its_memory_back():
    manager, client = start_new_kernel(kernel_name=NAME)
    try:
        pid = manager.provisioner.pid
        client.execute_interactive("1", timeout=60)
        idle = resident(pid)
        client.execute_interactive(
            "data = load shapes train=200 test=10 size=32\n"
            "model = simclr (resnet18 size=32 width=16)\ntrain model on=data epochs=1 batch=100;", timeout=120)
        assert resident(pid) > idle + 60
        client.execute_interactive("forget", timeout=60)
        assert resident(pid) < idle + 40
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


@pytest.mark.parametrize("megabytes", [900, 2000, 3000, 6100])
def test_a_training_under_a_limit_on_addresses_ends(tmp_path, megabytes):
    (tmp_path / "cells.contrast").write_text(
        "x = load shapes train=64 test=10 size=16\nm = simclr (cnn width=16 size=16)\n"
        "train m on=x.train epochs=2 batch=32\nh = embed x.test with=m\npca h")
    done = subprocess.run(["bash", "-c", f'ulimit -v {megabytes * 1000}; exec "$@"', "-", PROGRAM, "run", "cells.contrast"],
                          cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "embedding: 10 rows" in done.stdout


@pytest.mark.parametrize("cell", ["m = simclr (resnet34 width=512)", "m = supervised (resnet50 width=512)", "e = resnet18 width=512\nm = simclr e"])
def test_the_width_that_is_advised_under_a_limit_works(tmp_path, cell):
    def run(cell):
        (tmp_path / "cells.contrast").write_text(cell)
        return subprocess.run(["bash", "-c", 'ulimit -v 2097152; exec "$@"', "-", PROGRAM, "run", "cells.contrast"], cwd=tmp_path,
                              capture_output=True, text=True, timeout=120)
    refused = run(cell)
    width = re.search(r"width from 1 to (\d+)", refused.stdout + refused.stderr)
    assert refused.returncode != 0 and width, refused.stderr
    allowed = run(cell.replace("width=512", f"width={width[1]}"))
    assert allowed.returncode == 0, allowed.stderr


def test_a_limit_that_leaves_no_room_is_said_at_once(tmp_path):
    done = subprocess.run(["bash", "-c", f'ulimit -v 550000; exec "$@"', "-", PROGRAM, "doctor"],
                          cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 1
    assert "ulimit -v" in done.stderr and done.stderr.count("\n") == 1


def test_doctor_counts_the_cores_that_it_may_use(tmp_path):
    core = min(os.sched_getaffinity(0))
    done = subprocess.run(["taskset", "-c", str(core), PROGRAM, "doctor"], cwd=tmp_path, capture_output=True, text=True,
                          timeout=60, env={key: os.environ[key] for key in os.environ if key != "CONTRAST_WORKERS"})
    assert "workers: 1 of 1 core: " in done.stdout
    assert "workers: 3 of " in contrast("doctor", cwd=tmp_path, CONTRAST_WORKERS="3").stdout


@pytest.mark.parametrize("value", ["0", "two", "-1", "1.5", "257"])
def test_a_number_of_workers_that_makes_no_sense_is_said(tmp_path, value):
    said = f'CONTRAST_WORKERS is "{value}"'
    done = contrast("doctor", cwd=tmp_path, CONTRAST_WORKERS=value)
    assert f"✗ workers: {said}" in done.stdout and "as CONTRAST_WORKERS says" not in done.stdout
    (tmp_path / "cells.contrast").write_text("1 + 1")
    done = contrast("run", "cells.contrast", cwd=tmp_path, CONTRAST_WORKERS=value)
    assert done.returncode == 0 and said in done.stderr and done.stderr.count("\n") == 1
    assert contrast("run", "cells.contrast", cwd=tmp_path, CONTRAST_WORKERS="").stderr == ""


def test_doctor_says_why_there_are_fewer_workers_than_asked_for(tmp_path):
    done = subprocess.run(["bash", "-c", 'ulimit -v 2000000; exec "$@"', "-", PROGRAM, "doctor"], cwd=tmp_path, capture_output=True,
                          text=True, timeout=60, env=os.environ | {"CONTRAST_WORKERS": "100"})
    assert "leaves room for no more" in done.stdout and "as CONTRAST_WORKERS says" not in done.stdout


@pytest.mark.parametrize("value, words", [
    ("[1, 2", "never closed"), ("(1", "never closed"), ("3 +", "missing"), ("1; 2", "One value"), ("1\n2", "One value"),
    ("", "value"), ("\"a", "closing quote")])
def test_a_value_to_set_is_judged_by_what_was_typed(tmp_path, value, words):
    (tmp_path / "cells.contrast").write_text("n = 3\nn")
    done = contrast("run", "cells.contrast", "--set", f"n={value}", cwd=tmp_path)
    assert done.returncode == 1 and words in done.stderr
    assert ";" not in done.stderr.replace(value, "")
