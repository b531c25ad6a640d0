"""Makes a wheel of the program, so that `pip install` is all that a computer without Swift needs; scripts/wheel calls it.

In the wheel, below the prefix of the environment it is installed into:

    share/contrast/bin/contrast        the program, which finds what follows from where it lies itself
    share/contrast/lib                 every shared library that it needs but those of glibc
    share/contrast/fonts               the family that figures are set in, and the settings that find it
    share/contrast/licences            the licence of each part
    share/contrast/CONTENTS.txt        files, packages, versions; pip removes a folder only if a file lies in it itself
    share/jupyter/kernels/contrast     the kernelspec, whose program is named from its own folder
    share/jupyter/labextensions/…      the highlighter
    bin/contrast                       a line of shell that starts the program

and the Python package contrast_jupyter. Libraries and licences are those of the Debian packages of the computer that makes the wheel, whose
glibc is the oldest that it runs with: the wheel's tag says which, and pip refuses it elsewhere.
"""
import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
LIMIT = 50_000_000
# Part of every Linux system with glibc, and bound to the kernel and the loader that are there.
SYSTEM = re.compile(r"^(linux-vdso|ld-linux.*|lib(c|m|pthread|dl|rt|resolv|util|anl|nsl|BrokenLocale))\.so")
FONTS = ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf"]
# Signs that this family lacks come from the computer's own fonts, where there are any; they are looked up as everywhere else.
FONT_SETTINGS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <dir prefix="relative">.</dir>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
"""
STARTER = """#!/bin/sh
# Starts the program that lies beside this environment's other shared files.
exec "$(dirname "$(readlink -f "$0")")/../share/contrast/bin/contrast" "$@"
"""
METADATA = """Metadata-Version: 2.1
Name: contrast-kernel
Version: {version}
Summary: A Jupyter kernel for learning and teaching contrastive representation learning.
License: Apache-2.0
Keywords: jupyter,kernel,contrastive learning,self-supervised learning
Classifier: Framework :: Jupyter
Classifier: Operating System :: POSIX :: Linux
Requires-Python: >=3.9
Requires-Dist: pygments>=2.10
Description-Content-Type: text/markdown

# Contrast

A Jupyter kernel with a small language of its own: load images, train without labels, look at what a network has learned and judge it, on an
ordinary computer. After `pip install` of this wheel, `jupyter lab` (`pip install jupyterlab`) shows the kernel *Contrast*.

It needs Linux on an x86-64 processor with AVX2 (2013 and later) and glibc {glibc} or newer. The licences of all that the wheel holds, and a list
of its contents with their versions, are in `share/contrast`.
"""
ENTRY_POINTS = """[pygments.lexers]
contrast = contrast_jupyter.lexer:ContrastLexer

[papermill.engine]
contrast = contrast_jupyter.papermill:ContrastEngine
"""


class Unmade(Exception):
    """What keeps the wheel from being made."""


def run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode:
        raise Unmade(f"{pathlib.Path(command[0]).name}: {(done.stderr or done.stdout).strip()}")
    return done.stdout


def libraries(program):
    """Name and file of each shared library that the program needs, at whatever distance, but those of glibc."""
    found = {}
    for line in run("ldd", program).splitlines():
        match = re.match(r"\s*(\S+) => (\S+)", line)
        if match and not SYSTEM.match(match[1]):
            if not match[2].startswith("/"):
                raise Unmade(f"{match[1]} is not there")
            found[match[1]] = pathlib.Path(match[2]).resolve()
    return found


def package(file):
    """The Debian package of a file with its version; None for what comes from elsewhere."""
    for path in (file, pathlib.Path(str(file).removeprefix("/usr")), pathlib.Path("/usr" + str(file))):
        owner = subprocess.run(["dpkg-query", "--search", str(path)], capture_output=True, text=True)
        if owner.returncode == 0:
            name = owner.stdout.split(": ")[0].split(",")[0]
            return name.split(":")[0], run("dpkg-query", "--show", "--showformat=${Version}", name)
    return None


def newest_glibc(files):
    """The newest version of glibc that any of the files asks for, such as (2, 36)."""
    versions = set()
    for file in files:
        versions |= {(int(a), int(b)) for a, b in re.findall(r"GLIBC_(\d+)\.(\d+)", run("readelf", "--version-info", "--wide", file))}
    return max(versions)


class Tree:
    """The files of the wheel, laid out as it is packed."""

    def __init__(self, program, folder):
        self.version = run(program, "--version").strip()
        self.root = folder / f"contrast_kernel-{self.version}"
        shutil.rmtree(self.root, ignore_errors=True)
        self.data = self.root / f"contrast_kernel-{self.version}.data"
        self.share = self.data / "data/share/contrast"
        self.contents = []
        self.licences = self.share / "licences"
        self.licences.mkdir(parents=True)

    def add(self, file, to, name=None, mode=0o644):
        to.mkdir(parents=True, exist_ok=True)
        target = to / (name or file.name)
        shutil.copyfile(file, target)
        target.chmod(mode)
        return target

    def write(self, text, path, mode=0o644):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)

    def packaged(self, file, target):
        """Lists a file of a Debian package, and adds its licence."""
        found = package(file)
        if not found:
            raise Unmade(f"no Debian package holds {file}, so its licence is not known")
        name, version = found
        self.contents.append((target.relative_to(self.share), name, version))
        self.add(pathlib.Path(f"/usr/share/doc/{name}/copyright").resolve(), self.licences, f"{name}.txt")

    def lay_out(self, program, patchelf):
        swift = pathlib.Path(shutil.which("swiftc")).resolve().parents[1]
        own = self.add(program, self.share / "bin", "contrast", 0o755)
        run("strip", own)
        # The older kind of path, which holds for libraries of libraries too: so none of them needs a change.
        run(patchelf, "--force-rpath", "--set-rpath", "$ORIGIN/../lib", own)
        self.contents.append((own.relative_to(self.share), "contrast", self.version))
        for name, file in sorted(libraries(program).items()):
            target = self.add(file, self.share / "lib", name)
            if swift in file.parents:
                run("strip", "--strip-unneeded", target)
                self.contents.append((target.relative_to(self.share), "swift", self.swift_version()))
            else:
                self.packaged(file, target)
        for font in FONTS:
            file = pathlib.Path("/usr/share/fonts/truetype/dejavu") / font
            self.packaged(file, self.add(file, self.share / "fonts"))
        self.write(FONT_SETTINGS, self.share / "fonts/fonts.conf")
        self.add(swift / "share/swift/LICENSE.txt", self.licences, "swift.txt")
        for checkout in sorted((ROOT / ".build/checkouts").iterdir()):
            for file in sorted([*checkout.glob("LICENSE*"), *checkout.glob("NOTICE*")]):
                self.add(file, self.licences, f"{checkout.name}-{file.stem.lower()}.txt")
            self.contents.append((own.relative_to(self.share), checkout.name, run("git", "-C", checkout, "describe", "--tags").strip()))
        self.add(ROOT / "LICENSE", self.licences, "contrast.txt")
        # The texts that Debian's own point to.
        named = {word.rstrip(".") for file in self.licences.iterdir()
                 for word in re.findall(r"/usr/share/common-licenses/([\w.+-]+)", file.read_text(errors="replace"))}
        for name in sorted(named):
            file = pathlib.Path("/usr/share/common-licenses") / name
            if file.exists():
                self.add(file.resolve(), self.licences, f"common-{name}.txt")
        lines = [f"{str(file):40} {name:28} {version}" for file, name, version in sorted(self.contents, key=str)]
        self.write("\n".join([f"{'file':40} {'package':28} version", *lines]) + "\n", self.share / "CONTENTS.txt")

    def swift_version(self):
        return re.search(r"Swift version (\S+)", run("swiftc", "--version"))[1]

    def add_kernelspec(self, program):
        prefix = self.data / "data"
        run(program, "install", "--prefix", prefix)
        spec = prefix / "share/jupyter/kernels/contrast/kernel.json"
        members = json.loads(spec.read_text())
        # Jupyter puts the folder of kernel.json in: right wherever pip puts the files, and whatever environment is active.
        members["argv"][0] = "{resource_dir}/../../../contrast/bin/contrast"
        self.write(json.dumps(members, indent=1) + "\n", spec)
        self.write(STARTER, self.data / "scripts/contrast", 0o755)

    def add_python(self):
        for file in sorted((HERE / "contrast_jupyter").iterdir()):
            if file.is_file():
                self.add(file, self.root / "contrast_jupyter")

    def describe(self):
        binaries = [*(self.share / "lib").iterdir(), self.share / "bin/contrast"]
        major, minor = newest_glibc(binaries)
        info = self.root / f"contrast_kernel-{self.version}.dist-info"
        tag = f"py3-none-manylinux_{major}_{minor}_x86_64"
        self.write(f"Wheel-Version: 1.0\nGenerator: contrast\nRoot-Is-Purelib: false\nTag: {tag}\n", info / "WHEEL")
        self.write(METADATA.format(version=self.version, glibc=f"{major}.{minor}"), info / "METADATA")
        self.write(ENTRY_POINTS, info / "entry_points.txt")
        self.add(ROOT / "LICENSE", info / "licenses")


def make(program, folder):
    tools = pathlib.Path(sys.executable).parent
    patchelf = tools / "patchelf"
    folder.mkdir(parents=True, exist_ok=True)
    tree = Tree(program, folder)
    tree.lay_out(program, patchelf)
    tree.add_kernelspec(program)
    tree.add_python()
    tree.describe()
    for old in folder.glob("*.whl"):
        old.unlink()
    run(sys.executable, "-m", "wheel", "pack", tree.root, "--dest-dir", folder)
    [wheel] = folder.glob("*.whl")
    shutil.rmtree(tree.root)
    size = wheel.stat().st_size
    print(f"made {wheel} ({size / 1e6:.1f} MB of at most {LIMIT / 1e6:.0f})")
    if size > LIMIT:
        raise Unmade(f"the wheel has {size:,} bytes, more than {LIMIT:,}")
    return wheel


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=pathlib.Path, required=True, help="the built program")
    parser.add_argument("--to", type=pathlib.Path, required=True, help="the folder of the wheel")
    asked = parser.parse_args()
    try:
        make(asked.program.resolve(), asked.to)
    except Unmade as problem:
        sys.exit(f"wheel: {problem}")
