"""Logs of runs as others see them: Python's sqlite3, TensorBoard's loader, kernels that are killed, and many writers at once."""
import os
import signal
import sqlite3
import subprocess
import time

import pytest
from jupyter_client.kernelspec import KernelSpecManager

PROGRAM = KernelSpecManager().get_kernel_spec(os.environ.get("CONTRAST_KERNEL", "contrast")).argv[0]
START = """few = load shapes train=48 test=10 size=16
record "runs.sqlite"
"""


def start(folder, cells, name):
    (folder / name).write_text(START + cells)
    return subprocess.Popen([PROGRAM, "run", name], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def contrast(folder, cells, name="cells.contrast"):
    program = start(folder, cells, name)
    said, _ = program.communicate(timeout=300)
    assert program.returncode == 0, said
    return said


def rows(folder, question):
    with sqlite3.connect(folder / "runs.sqlite") as log:
        return log.execute(question).fetchall()


def test_sqlite3_reads_what_was_written(tmp_path):
    contrast(tmp_path, "m = simclr (cnn width=4 size=16)\ntrain m on=few epochs=2 batch=16 watch=[knn] seed=3\nm.loss\n")
    assert rows(tmp_path, "SELECT command, seed, ending FROM runs") == [("train", "3", "finished")]
    assert rows(tmp_path, "SELECT value FROM settings WHERE name = 'batch'") == [("16",)]
    assert [epoch for epoch, in rows(tmp_path, "SELECT epoch FROM readings WHERE metric = 'knn' ORDER BY epoch")] == [0, 1, 2]


def test_many_programs_write_at_once(tmp_path):
    writers = [start(tmp_path, "for i in 0..<20 { k = knn few.test among=few k=3 }\n", f"{number}.contrast")
               for number in range(6)]
    for writer in writers:
        said, _ = writer.communicate(timeout=300)
        assert writer.returncode == 0, said
    assert [run for run, in rows(tmp_path, "SELECT run FROM runs ORDER BY run")] == list(range(120))
    assert rows(tmp_path, "SELECT count(*) FROM runs WHERE ending = 'finished'") == [(120,)]


def test_a_killed_training_says_so_with_the_epochs_it_had(tmp_path):
    program = start(tmp_path, "m = simclr (cnn width=4 size=16)\ntrain m on=few epochs=90000 batch=16\n", "long.contrast")
    until = time.monotonic() + 60
    while True:
        assert time.monotonic() < until and program.poll() is None
        if (tmp_path / "runs.sqlite").exists():
            try:
                if rows(tmp_path, "SELECT count(*) FROM readings WHERE metric = 'loss'")[0][0] > 3:
                    break
            except sqlite3.OperationalError:
                pass
        time.sleep(0.05)
    program.send_signal(signal.SIGKILL)
    program.wait()
    (tmp_path / "look.contrast").write_text('print (runs "runs.sqlite").ended\nprint (runs "runs.sqlite")[0].loss.count\n')
    said = subprocess.run([PROGRAM, "run", "look.contrast"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert "killed" in said.stdout, said.stdout + said.stderr
    assert int(said.stdout.split()[-1]) > 3
    assert rows(tmp_path, "PRAGMA integrity_check") == [("ok",)]


def test_tensorboard_reads_the_events(tmp_path):
    loader = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator",
                                 reason="TensorBoard is missing: pip install tensorboard")
    contrast(tmp_path, "m = simclr (cnn width=4 size=16)\ntrain m on=few epochs=3 batch=16 watch=[knn]\n"
                       'export runs[0] "events.tfevents"\nprint m.history.loss\n')
    events = loader.EventAccumulator(str(tmp_path))
    events.Reload()
    assert {"loss", "knn", "top1"} <= set(events.Tags()["scalars"])
    stored = rows(tmp_path, "SELECT epoch, value FROM readings WHERE metric = 'loss' ORDER BY epoch")
    assert [(scalar.step, scalar.value) for scalar in events.Scalars("loss")] == [
        (epoch, pytest.approx(value, rel=1e-6)) for epoch, value in stored]
    assert len(events.Scalars("knn")) == 4
