"""A client that stops reading: it costs the others nothing, and the kernel no more memory than it has set aside, and only for as long."""
import os
import signal
import subprocess
import sys

import pytest
from test_kernel import client, kernel, run, wait_until  # noqa: F401, fixtures are used by their names

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


PICTURE = "show s.train with=simclr views=4 count=20"
# Megabytes: what is kept for a client, and by how much the kernel's own memory may differ from cell to cell.
KEPT, SLACK = 37.7, 10


@pytest.fixture
def above(kernel, client):
    """How many megabytes more the kernel takes than it did after its first pictures."""
    process = kernel[0].provisioner.pid
    run(client, "s = load shapes train=100 test=10")
    for _ in range(20):
        run(client, PICTURE)
    before = megabytes(process)
    return lambda: megabytes(process) - before


def test_a_stopped_client_takes_bounded_memory_and_gives_it_back(client, listen, above):
    listener = listen()
    listener.send_signal(signal.SIGSTOP)
    seen = 0
    for _ in range(400):
        reply, outputs = run(client, PICTURE)
        assert reply["status"] == "ok"
        seen += sum(len(str(output["content"])) for output in outputs)
    assert seen > 80e6, "more goes by than is kept"
    assert 25 < above() < KEPT + SLACK, "what waits for it"
    listener.kill()
    wait_until(lambda: above() < SLACK, "the memory to be given back")
    assert run(client, "1")[0]["status"] == "ok"


def test_clients_that_leave_without_reading_leave_nothing_behind(client, listen, above):
    for _ in range(3):
        stalled = [listen() for _ in range(3)]
        for listener in stalled:
            listener.send_signal(signal.SIGSTOP)
        for _ in range(200):
            assert run(client, PICTURE)[0]["status"] == "ok"
        assert 25 < above() < KEPT + SLACK, "they wait for the same, and nothing is left of those before"
        for listener in stalled:
            listener.kill()
        wait_until(lambda: above() < SLACK, "the memory to be given back")


def test_a_client_that_reads_again_leaves_nothing_behind(client, listen, above):
    listener = listen()
    listener.send_signal(signal.SIGSTOP)
    for _ in range(200):
        assert run(client, PICTURE)[0]["status"] == "ok"
    assert above() > 25
    listener.send_signal(signal.SIGCONT)
    wait_until(lambda: above() < SLACK, "the memory to be given back")
