"""The wheel: what is in it, and that it works where nothing else of ours is: in a clean environment, and in a fresh Debian.

The fresh Debian is made by debootstrap, as root; where that is missing its tests are skipped. CONTRAST_DEBIAN names other releases than the one
whose glibc the wheel was made with, such as "bookworm trixie".
"""
import base64
import csv
import hashlib
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
import zipfile

import nbformat
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
LEFT = ROOT / "build" / "wheel"
SYSTEM = re.compile(r"/(ld-linux[^/]*|lib(c|m|pthread|dl|rt|resolv)|lib(c|m|pthread|dl|rt|resolv)-[\d.]+)\.so")
CELLS = [
    "shapes = load shapes train=200 test=40 size=16 seed=1\nmodel = simclr (cnn width=4) head=[8] seed=1",
    "train model on=shapes.train epochs=2 batch=50\nplot loss model",
    "show shapes.train count=8",
    'export last "picture.png"',
]
# In a Python that has nothing of ours but the wheel: cells in, what their kernel gave and the files it has mapped out.
CLIENT = """
import json, os, pathlib, sys
import nbformat
from nbclient import NotebookClient
from jupyter_client.manager import KernelManager
os.chdir(os.path.expanduser("~"))
notebook = nbformat.reads(sys.stdin.read(), as_version=4)
manager = KernelManager(kernel_name="contrast")
client = NotebookClient(notebook, km=manager, timeout=600)
with client.setup_kernel():
    pid = manager.provisioner.process.pid
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            client.execute_cell(cell, number)
    maps = pathlib.Path(f"/proc/{pid}/maps").read_text()
mapped = sorted({line.split(maxsplit=5)[5] for line in maps.splitlines() if ".so" in line})
print(json.dumps({"notebook": nbformat.writes(notebook), "mapped": mapped, "argv": manager.kernel_spec.argv[0]}))
"""


@pytest.fixture(scope="module")
def wheel():
    if sys.platform != "linux" or not shutil.which("dpkg-query"):
        pytest.skip("a wheel is made on Debian and Ubuntu")
    done = subprocess.run([ROOT / "scripts/wheel"], capture_output=True, text=True, timeout=1200)
    assert done.returncode == 0, done.stdout + done.stderr
    [path] = LEFT.glob("*.whl")
    return path


def notebook_of(cells):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata["kernelspec"] = {"name": "contrast", "display_name": "Contrast"}
    return nbformat.writes(notebook)


def run(*command, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=900, **options)
    assert done.returncode == 0, f"{command}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout


def looked_at(answer):
    """The executed notebook of CLIENT's answer, each of whose figures is there."""
    notebook = nbformat.reads(answer["notebook"], as_version=4)
    kinds = {kind for cell in notebook.cells for output in cell.get("outputs", []) for kind in output.get("data", {})}
    assert kinds & {"image/svg+xml", "image/png"}, kinds
    assert not [output for cell in notebook.cells for output in cell.get("outputs", []) if output.output_type == "error"]
    return notebook


def test_it_holds_what_its_record_says_with_a_licence_for_every_part(wheel):
    assert wheel.stat().st_size <= 50_000_000
    assert re.fullmatch(r"contrast_kernel-[\d.]+-py3-none-manylinux_2_\d+_x86_64\.whl", wheel.name)
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        record = next(name for name in names if name.endswith("dist-info/RECORD"))
        rows = {row[0]: row[1] for row in csv.reader(io.StringIO(archive.read(record).decode()))}
        assert sorted(rows) == sorted(names)
        for name in names:
            if name != record:
                digest = base64.urlsafe_b64encode(hashlib.sha256(archive.read(name)).digest()).rstrip(b"=").decode()
                assert rows[name] == f"sha256={digest}", name
        contents = next(name for name in names if name.endswith("share/contrast/CONTENTS.txt"))
        listed = [line.split() for line in archive.read(contents).decode().splitlines()[1:]]
        licences = {pathlib.PurePath(name).name for name in names if "/share/contrast/licences/" in name}
        parts = {name.split("/share/contrast/")[1] for name in names if re.search(r"/share/contrast/(bin|lib)/|\.ttf$", name)}
        assert parts == {line[0] for line in listed}
        for _, package, version in listed:
            assert version and any(licence.startswith(package) for licence in licences), package
        # What a text says lies in Debian's folder of licences lies beside it.
        for name in licences:
            text = archive.read(next(one for one in names if one.endswith("licences/" + name))).decode(errors="replace")
            for common in re.findall(r"/usr/share/common-licenses/([A-Z][\w.+-]*\d)\b", text):
                # Some name a text that Debian has under another name.
                if os.path.exists(f"/usr/share/common-licenses/{common}"):
                    assert f"common-{common}.txt" in licences, (name, common)


def test_it_works_in_a_clean_environment_from_anywhere_and_leaves_nothing(wheel, tmp_path):
    environment = tmp_path / "some where" / "environment"
    run(sys.executable, "-m", "venv", environment)
    python = environment / "bin/python"
    packages = {"PYTHONPATH": next(path for path in sys.path if path.endswith("site-packages"))}
    before = sorted(path for path in environment.rglob("*") if path.is_file())
    run(python, "-m", "pip", "install", "--no-deps", "--no-index", wheel)
    # Not activated, another working folder, no settings of ours, and no libraries or fonts but its own.
    home = tmp_path / "home"
    home.mkdir()
    clean = {"HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", **packages}
    answer = json.loads(run(python, "-c", CLIENT, input=notebook_of(CELLS), env=clean, cwd=home))
    looked_at(answer)
    assert answer["argv"].startswith("{resource_dir}/")
    outside = [file for file in answer["mapped"] if not file.startswith(str(environment)) and not SYSTEM.search(file)]
    assert outside == []
    # The command says where it is, also through a link.
    link = tmp_path / "contrast"
    link.symlink_to(environment / "bin/contrast")
    doctor = subprocess.run([link, "doctor"], capture_output=True, text=True, env=clean, cwd=home, timeout=120).stdout
    assert f"✓ kernel: contrast (Contrast) in {environment}/share/jupyter/kernels/contrast" in doctor, doctor
    run(python, "-m", "pip", "uninstall", "--yes", "contrast-kernel")
    assert sorted(path for path in environment.rglob("*") if path.is_file()) == before
    assert not (environment / "share/contrast").exists()


def release():
    return next(line.split("=")[1].strip().strip('"') for line in open("/etc/os-release") if line.startswith("VERSION_CODENAME"))


def fresh_debian(folder, name):
    """A minimal Debian with Python, its pip, and an account `student`; nothing else."""
    python = ["python3", "python3-pip", "python3-venv", "ca-certificates"]
    done = subprocess.run(["debootstrap", "--variant=minbase", f"--include={','.join(python)}", name, folder],
                          capture_output=True, text=True, timeout=1200)
    if done.returncode:
        pytest.skip(f"debootstrap could not make {name}: {(done.stdout + done.stderr)[-200:]}")
    run("chroot", folder, "useradd", "--create-home", "student")


@pytest.mark.parametrize("name", os.environ.get("CONTRAST_DEBIAN", "").split() or [None])
def test_a_fresh_debian_runs_the_quickstart_from_the_wheel(wheel, tmp_path, name):
    if os.geteuid() != 0 or not shutil.which("debootstrap") or not os.path.exists("/etc/debian_version"):
        pytest.skip("no debootstrap, or not root: apt-get install debootstrap")
    name = name or release()
    root = tmp_path / "root"
    fresh_debian(root, name)
    inside = run("chroot", root, "python3", "-c", "import sys; print('%d.%d' % sys.version_info[:2])").strip()
    # What pip would fetch, fetched here, where its settings are.
    run(sys.executable, "-m", "pip", "download", "--quiet", "--only-binary=:all:", "--python-version", inside, "--dest",
        root / "wheels", "nbclient", "pygments")
    shutil.copy(wheel, root / "wheels")
    shutil.copy(ROOT / "notebooks/00-quickstart.ipynb", root / "home/student/quickstart.ipynb")
    (root / "client.py").write_text(CLIENT)

    def chroot(*command, who="root", **options):
        # With /proc and /dev of its own, gone with the process.
        script = (f"mount -t proc proc {root}/proc && mount --bind /dev {root}/dev && "
                  f"exec chroot --userspec={who}:{who} {root} \"$@\"")
        clean = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "HOME": "/root" if who == "root" else f"/home/{who}", "LANG": "C.UTF-8"}
        return run("unshare", "--mount", "sh", "-c", script, "sh", *command, env=clean, **options)

    offline = ["--no-index", "--find-links", "/wheels"]
    chroot("python3", "-m", "venv", "/environment")
    chroot("/environment/bin/pip", "install", "--quiet", *offline, "nbclient", "pygments")
    # Empty folders share/jupyter/kernels and labextensions stay: pip leaves those that hold only folders.
    things = ["find", "/environment", "-not", "-path", "*/__pycache__*", "(", "-type", "f", "-o", "-type", "l", "-o", "-name", "*contrast*", ")"]
    before = chroot(*things)
    start = time.monotonic()
    chroot("/environment/bin/pip", "install", "--quiet", *offline, "contrast-kernel")
    # A student, who may not write where it is installed.
    answer = json.loads(chroot("/environment/bin/python", "/client.py", who="student", cwd="/",
                               input=(root / "home/student/quickstart.ipynb").read_text()))
    print(f"{name}: {time.monotonic() - start:.0f} s from the wheel to the end of the quickstart")
    notebook = looked_at(answer)
    nbformat.write(notebook, LEFT / f"quickstart-{name}.ipynb")
    assert [file for file in answer["mapped"] if not file.startswith("/environment/") and not SYSTEM.search(file)] == []
    chroot("/environment/bin/pip", "uninstall", "--quiet", "--yes", "contrast-kernel")
    assert sorted(chroot(*things).split("\n")) == sorted(before.split("\n"))
    # For one account alone, against the advice of Debian's Python.
    allow = ["--break-system-packages"]
    chroot("python3", "-m", "pip", "install", "--quiet", "--user", *allow, *offline, "contrast-kernel", "nbclient", who="student")
    answer = json.loads(chroot("python3", "/client.py", who="student", input=notebook_of(CELLS)))
    looked_at(answer)
    assert all(file.startswith("/home/student/.local/") or SYSTEM.search(file) for file in answer["mapped"])
