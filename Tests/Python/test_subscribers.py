"""A client that stops reading: it costs the others nothing, and the kernel no more memory than it has set aside."""
import os
import signal
import subprocess
import sys

import pytest
from test_kernel import client, kernel, run  # noqa: F401, fixtures are used by their names

LISTENER = """
import sys, zmq
socket = zmq.Context().socket(zmq.SUB)
socket.subscribe(b"")
socket.connect(sys.argv[1])
print(socket.recv_multipart()[0], flush=True)
while True:
    socket.recv_multipart()
"""


def megabytes(process):
    with open(f"/proc/{process}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6


@pytest.fixture
def listen(client):
    """Starts a client that only listens, in a process of its own."""
    processes = []

    def start():
        address = f"tcp://{client.ip}:{client.iopub_port}"
        process = subprocess.Popen([sys.executable, "-c", LISTENER, address], stdout=subprocess.PIPE, text=True)
        processes.append(process)
        assert "iopub_welcome" in process.stdout.readline()
        return process

    yield start
    for process in processes:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_stopped_client_takes_bounded_memory(kernel, client, listen):
    listener = listen()
    process = kernel[0].provisioner.pid
    run(client, "s = load shapes train=100 test=10")
    picture = "show s.train with=simclr views=4 count=20"
    run(client, picture)
    before = megabytes(process)
    listener.send_signal(signal.SIGSTOP)
    seen = 0
    for _ in range(400):
        reply, outputs = run(client, picture)
        assert reply["status"] == "ok"
        seen += sum(len(str(output["content"])) for output in outputs)
    assert seen > 80e6, "more goes by than is kept"
    assert megabytes(process) - before < 70
    listener.kill()
    # What the allocator gives back of it differs from run to run (to within a few megabytes, mostly); nothing is added to it.
    for _ in range(200):
        assert run(client, picture)[0]["status"] == "ok"
    assert megabytes(process) - before < 70
