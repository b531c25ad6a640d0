#!/usr/bin/env python3
"""Takes the power from trainings that are kept in a file: python keep.py kills|disk|sweep [--help]

`kills` ends `contrast run` by SIGKILL at random moments of training and of writing, and runs it again until it is through, again and
again; the file must be whole after each, and the last bits those of a training that nothing disturbed. `disk` fills the disk at random
moments instead. `sweep` kills ten trainings in a loop until they are through, and compares the figures. All print one line of JSON, and end with 1 where anything was lost.
"""
import argparse
import json
import os
import pathlib
import random
import struct
import subprocess
import sys
import tempfile
import time

from jupyter_client.kernelspec import KernelSpecManager

NAME = os.environ.get("CONTRAST_KERNEL", "contrast")
PROGRAM = KernelSpecManager().get_kernel_spec(NAME).argv[0]
# Two trainings, one after the other, and each setting of a loop: each goes on with the turn that it was in.
CELLS = """s = load shapes train=160 test=40 size=16
model = simclr (cnn width=24 size=16) head=[64, 8]
train model on=s.train epochs=6 batch=16 watch=[alignment] best=alignment keep="runs/first.safetensors" every="1 step"
train model on=s.train epochs=2 batch=16 optimizer=sgd keep="runs/second.safetensors" every="2 steps"
for rate in [0.01, 0.001] {
  other = moco (cnn width=8 size=16) head=[16, 8] queue=32
  train other on=s.train epochs=3 batch=16 rate=rate keep="runs/turn-{rate}.safetensors" every="1 epoch"
}
# %%
export (embed s.test with=model) "h.npy"
export (embed s.test with=other) "other.npy"
export (table loss=model.history.steps) "steps.csv"
"""
KEPT = ["first", "second", "turn-0.01", "turn-0.001"]
# Ten trainings, and what a paper shows of them.
SWEEP = """s = load shapes train=96 test=40 size=16
results = table
for size in [16, 24, 32, 48, 96] {
  for draw in [1, 2] {
    model = simclr (cnn width=8 size=16) head=[16, 8]
    train model on=s.train epochs=4 batch=size seed=draw keep="runs/{size}-{draw}.safetensors" every="1 epoch"
    scores = knn (embed s.test with=model) among=(embed s.train with=model) k=5
    add results batch=size draw=draw loss=model.loss accuracy=scores.accuracy
    export (plot loss model) "loss-{size}-{draw}.svg"
  }
}
export results "results.csv"
export (plot line (group results by=batch) x=batch y=accuracy) "accuracy.svg"
export (plot scatter results x=loss y=accuracy) "scatter.pdf"
"""
# What the clock says.
TIMES = ("seconds", "images_per_second", "waited")


def tensors(path):
    """All numbers of a file by name, as bytes, without times. A file that is not whole is an error."""
    data = path.read_bytes()
    length, = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + length])
    header.pop("__metadata__")
    start = 8 + length
    assert max(entry["data_offsets"][1] for entry in header.values()) == len(data) - start, f"{path} is cut off"
    return {name: data[start + entry["data_offsets"][0]:start + entry["data_offsets"][1]]
            for name, entry in header.items() if not name.endswith(TIMES)}


def results(folder):
    """What the cells come to: files of trainings, and what is computed from their models."""
    found = {name: (folder / name).read_bytes() for name in ["h.npy", "other.npy", "steps.csv"]}
    return found | {name: tensors(folder / "runs" / f"{name}.safetensors") for name in KEPT}


def start(folder, cells=CELLS, **options):
    (folder / "cells.contrast").write_text(cells)
    return subprocess.Popen([PROGRAM, "run", "cells.contrast"], cwd=folder, text=True, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, **options)


def undisturbed():
    with tempfile.TemporaryDirectory() as folder:
        begun = time.monotonic()
        job = start(pathlib.Path(folder))
        output, errors = job.communicate()
        assert job.returncode == 0, errors
        return results(pathlib.Path(folder)), time.monotonic() - begun


def kills(count, seed):
    """Ends the program `count` times."""
    draw = random.Random(seed)
    expected, seconds = undisturbed()
    told = {"kills": 0, "runs": 0, "whole": 0, "went on": 0}
    while told["kills"] < count:
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            while True:
                job = start(folder)
                told["runs"] += 1
                if told["kills"] < count:
                    try:
                        job.wait(draw.uniform(0.02, 0.6 * seconds))
                    except subprocess.TimeoutExpired:
                        job.kill()
                        told["kills"] += 1
                output, errors = job.communicate()
                told["went on"] += output.count("continues at epoch")
                for file in (folder / "runs").glob("*.safetensors"):
                    tensors(file)
                if job.returncode == 0:
                    break
                assert job.returncode == -9, f"{output}\n{errors}"
            assert results(folder) == expected, "the bits are not those of a training that was never stopped"
            left = sorted(path.name for path in (folder / "runs").iterdir())
            assert left == sorted(f"{name}.safetensors" for name in KEPT), left
            told["whole"] += 1
    return told


def figures(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in (".svg", ".pdf", ".csv")}


def sweep(count, seed):
    """Runs ten trainings, killed `count` times before they may end; figures and tables are those of an undisturbed run."""
    draw = random.Random(seed)
    with tempfile.TemporaryDirectory() as name:
        begun = time.monotonic()
        output, errors = (job := start(pathlib.Path(name), SWEEP)).communicate()
        assert job.returncode == 0, errors
        expected, seconds = figures(pathlib.Path(name)), time.monotonic() - begun
    assert len(expected) == 13, sorted(expected)
    told = {"kills": 0, "runs": 0, "whole": 0, "went on": 0}
    while told["kills"] < count:
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            while True:
                job = start(folder, SWEEP)
                told["runs"] += 1
                if told["kills"] < count:
                    try:
                        job.wait(draw.uniform(0.05, 0.5 * seconds))
                    except subprocess.TimeoutExpired:
                        job.kill()
                        told["kills"] += 1
                output, errors = job.communicate()
                told["went on"] += output.count("continues at epoch")
                if job.returncode == 0:
                    break
                assert job.returncode == -9, f"{output}\n{errors}"
            found = figures(folder)
            assert found == expected, [name for name in expected if found.get(name) != expected[name]]
            told["whole"] += 1
    return told


def disk(count, seed):
    """Fills the disk at `count` moments. Needs a mount namespace of its own: see `in_own_namespace`."""
    draw = random.Random(seed)
    expected, seconds = undisturbed()
    told = {"fills": 0, "refused": 0, "whole": 0}
    with tempfile.TemporaryDirectory() as name:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "none", name], check=True)
        try:
            folder = pathlib.Path(name)
            while told["fills"] < count:
                for path in sorted(folder.rglob("*"), reverse=True):
                    path.rmdir() if path.is_dir() else path.unlink()
                finished = False
                while not finished:
                    job = start(folder)
                    fill = told["fills"] < count
                    if fill:
                        try:
                            job.wait(draw.uniform(0.02, 0.8 * seconds))
                        except subprocess.TimeoutExpired:
                            pass
                        told["fills"] += 1
                        try:
                            (folder / "fill").write_bytes(bytes(1 << 25))
                        except OSError:
                            pass
                    output, errors = job.communicate()
                    (folder / "fill").unlink(missing_ok=True)
                    for file in (folder / "runs").glob("*.safetensors"):
                        tensors(file)
                    finished = job.returncode == 0
                    if not finished:
                        # One sentence that names the file and the reason.
                        assert fill and job.returncode == 1 and "No space left on device" in errors, f"{output}\n{errors}"
                        assert errors.count("\n") == 1, errors
                        told["refused"] += 1
                assert results(folder) == expected, "the bits are not those of a training that was never stopped"
                told["whole"] += 1
        finally:
            subprocess.run(["umount", name], check=True)
    return told


def in_own_namespace(arguments):
    """Runs this file where it may mount a disk of its own; None where the system forbids that."""
    for options in (["-m"], ["-r", "-m"]):
        prefix = ["unshare", *options]
        probe = subprocess.run([*prefix, "sh", "-c", "mount -t tmpfs none /mnt"], capture_output=True)
        if probe.returncode == 0:
            return subprocess.run([*prefix, sys.executable, __file__, *arguments], capture_output=True, text=True)
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["kills", "disk", "sweep"])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--here", action="store_true", help="the file system may be mounted on already")
    options = parser.parse_args()
    if options.what == "disk" and not options.here:
        done = in_own_namespace(["disk", "--here", "--seed", str(options.seed), "--count", str(options.count)])
        if done is None:
            print("this system lets nobody mount a small disk: nothing was tried", file=sys.stderr)
            return 1
        sys.stdout.write(done.stdout)
        sys.stderr.write(done.stderr)
        return done.returncode
    told = {"kills": kills, "disk": disk, "sweep": sweep}[options.what](options.count, options.seed)
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
