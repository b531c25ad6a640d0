"""One training on several processes, through Open MPI's own mpirun. Skipped where there is none: apt-get install openmpi-bin"""
import os
import shutil
import subprocess

import pytest
from keep import PROGRAM, tensors

MPI = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
CELLS = """few = load shapes train=320 test=10 size=16
model = simclr ({encoder}) head=[16, 8]
train model on=few epochs=2 batch=64 {chunk}
save model "model.safetensors"
export (machines) "machines.csv"
"""

pytestmark = pytest.mark.skipif(not shutil.which("mpirun"), reason="no mpirun: apt-get install openmpi-bin")


def run(folder, processes, workers, encoder="resnet18 width=8 size=16", chunk="chunk=16"):
    folder.mkdir()
    (folder / "cells.contrast").write_text(CELLS.format(encoder=encoder, chunk=chunk))
    start = ["mpirun", "--oversubscribe", "--bind-to", "none", "-n", str(processes)] if processes > 1 else []
    return subprocess.run([*start, PROGRAM, "run", "cells.contrast"], cwd=folder, capture_output=True, text=True, timeout=300,
                          env={**os.environ, **MPI, "CONTRAST_WORKERS": str(workers)})


@pytest.mark.parametrize("encoder", ["resnet18 width=8 size=16", "vit layers=1 heads=2 size=16 patch=8"])
def test_any_number_of_processes_trains_the_model_of_one(tmp_path, encoder):
    expected = None
    for processes, workers in [(1, 2), (2, 1), (2, 2), (4, 1)]:
        folder = tmp_path / f"{processes}-{workers}"
        done = run(folder, processes, workers, encoder)
        assert done.returncode == 0, done.stdout + done.stderr
        found = tensors(folder / "model.safetensors")
        expected = expected or found
        assert len(found) > 10 and found == expected, (processes, workers)
        # The first process alone writes and shows.
        assert len((folder / "machines.csv").read_text().splitlines()) == 1 + processes
        assert done.stdout.count("wrote machines.csv") == 1


def test_what_cannot_be_divided_is_told_once(tmp_path):
    whole = run(tmp_path / "whole", 2, 1, chunk="")
    assert whole.returncode == 0 and whole.stdout.count("nothing is gained: chunk=32 divides each batch") == 1, whole.stdout
    uneven = run(tmp_path / "uneven", 4, 1, chunk="chunk=32")
    assert uneven.returncode != 0 and "^" in uneven.stdout + uneven.stderr, uneven.stdout + uneven.stderr
    assert not (tmp_path / "uneven" / "model.safetensors").exists()
