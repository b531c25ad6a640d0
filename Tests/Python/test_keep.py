"""Trainings that a file keeps, by real processes: killed, terminated, shut down, two at once, and on a full disk. scripts/kills does more of it."""
import json
import os
import re
import signal
import subprocess

import keep
import pytest
from jupyter_client.manager import KernelManager
from test_kernel import NAME, PATIENCE

ENDLESS = """s = load shapes train=160 test=40 size=16
model = simclr (cnn width=8 size=16) head=[8]
train model on=s.train epochs=90000 batch=16 keep="runs/night.safetensors" every="1 h"
"""


def begun(folder, cells=ENDLESS):
    (folder / "cells.contrast").write_text(cells)
    job = subprocess.Popen([keep.PROGRAM, "run", "cells.contrast"], cwd=folder, text=True, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE)
    for line in job.stdout:
        if line.startswith("Training"):
            return job
    pytest.fail(job.stderr.read())


def steps(path):
    """Steps that the file has, by the place of its training and by its history."""
    tensors = keep.tensors(path)
    header = path.read_bytes()[8:]
    done = int(re.search(rb'\\"done\\":(\d+)', header).group(1))
    assert len(tensors["history.step.loss"]) == 8 * done
    return done


def test_a_training_that_is_killed_again_and_again_ends_with_the_same_bits():
    told = keep.kills(10, seed=1)
    assert told["kills"] == 10 and told["whole"] >= 1 and told["went on"] > 0


def test_ten_trainings_that_are_killed_end_with_the_same_figures():
    told = keep.sweep(3, seed=1)
    assert told["kills"] == 3 and told["whole"] >= 1


def test_on_a_disk_that_is_full_the_file_of_before_stays():
    done = keep.in_own_namespace(["disk", "--here", "--count", "5"])
    if done is None:
        pytest.skip("this system lets nobody mount a small disk")
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["fills"] == 5


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_keeps_the_last_step(tmp_path, number):
    job = begun(tmp_path)
    job.send_signal(number)
    _, errors = job.communicate(timeout=PATIENCE)
    assert job.returncode == 128 + number
    done = re.search(r"Training stopped after ([\d,]+) of [\d,]+ steps\.", errors).group(1)
    assert steps(tmp_path / "runs/night.safetensors") == int(done.replace(",", "")) > 0


def test_a_kernel_that_is_shut_down_keeps_the_last_step(tmp_path):
    manager = KernelManager(kernel_name=NAME)
    manager.start_kernel(cwd=str(tmp_path))
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=PATIENCE)
    client.execute(ENDLESS)
    while True:
        message = client.get_iopub_msg(timeout=PATIENCE)
        if "Training" in str(message["content"].get("data")):
            break
    manager.shutdown_kernel()
    client.stop_channels()
    assert steps(tmp_path / "runs/night.safetensors") > 0
    assert os.listdir(tmp_path / "runs") == ["night.safetensors"]


def test_a_second_kernel_is_refused_until_the_first_is_dead(tmp_path):
    first = begun(tmp_path)
    (tmp_path / "cells.contrast").write_text(ENDLESS)
    second = subprocess.run([keep.PROGRAM, "run", "cells.contrast"], cwd=tmp_path, capture_output=True, text=True,
                            timeout=PATIENCE)
    assert second.returncode == 1
    assert f"Another kernel (process {first.pid}) keeps a training in runs/night.safetensors at this moment." in second.stderr
    first.kill()
    first.communicate()
    third = begun(tmp_path)
    third.send_signal(signal.SIGTERM)
    third.communicate(timeout=PATIENCE)
    assert os.listdir(tmp_path / "runs") == ["night.safetensors"]
