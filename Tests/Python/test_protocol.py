"""What the protocol asks beyond running cells, by real clients against the installed program: history, questions, subshells,
encryption, registration, and a kernel that nothing ends but its order to end.
"""
import ctypes
import json
import os
import pathlib
import re
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import threading

import pytest
import zmq
from jupyter_client import BlockingKernelClient
from jupyter_client.manager import KernelManager
from jupyter_client.session import Session
from test_kernel import (  # noqa: F401, fixtures are used by their names
    LONG_CELL, NAME, PATIENCE, client, command, connection, interrupt, is_running, kernel, outputs_of, reply_on_control, run, story,
    wait_for_end, wait_for_heart, wait_for_start, wait_until)

HISTORY = {"raw": True, "output": False}


def ask(client, kind, **content):
    message = client.session.msg(kind, content)
    client.shell_channel.send(message)
    return answer(client, message["header"]["msg_id"])


def answer(client, message_id, timeout=PATIENCE):
    while True:
        reply = client.get_shell_msg(timeout=timeout)
        if reply["parent_header"]["msg_id"] == message_id:
            return reply


def resident(process):
    with open(f"/proc/{process}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1)) / 1024


def started(**options):
    manager = KernelManager(kernel_name=NAME, **options)
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=PATIENCE)
    return manager, client


def stop(manager, client):
    client.stop_channels()
    manager.shutdown_kernel(now=True)


# History

def test_history_lasts_from_kernel_to_kernel(tmp_path, monkeypatch):
    monkeypatch.setenv("CONTRAST_HISTORY", str(tmp_path / "h.sqlite"))
    for cell in ("first = 1", "second = 2"):
        manager, client = started()
        run(client, cell)
        run(client, "first hidden", store_history=False)
        client.shutdown()
        wait_for_end(manager.provisioner.process)
        client.stop_channels()
    manager, client = started()
    try:
        run(client, "1 + 1")
        found = ask(client, "history_request", hist_access_type="tail", n=3, raw=True, output=True)["content"]["history"]
        assert [entry[2] for entry in found] == [["first = 1", None], ["second = 2", None], ["1 + 1", "2"]]
        assert [entry[1] for entry in found] == [1, 1, 1]
        found = ask(client, "history_request", hist_access_type="range", session=-2, start=1, **HISTORY)
        assert [entry[2] for entry in found["content"]["history"]] == ["first = 1"]
    finally:
        stop(manager, client)


@pytest.mark.parametrize("how", ["locked", "broken", "unwritable"])
def test_a_history_that_cannot_be_written_hurts_no_cell(tmp_path, monkeypatch, how):
    path = tmp_path / "h.sqlite"
    lock = None
    if how == "locked":
        lock = sqlite3.connect(path)
        lock.execute("CREATE TABLE mine (x)")
        lock.execute("BEGIN EXCLUSIVE")
    elif how == "broken":
        path.write_bytes(b"no database" * 100)
    else:
        path = "/proc/nowhere/h.sqlite"
    monkeypatch.setenv("CONTRAST_HISTORY", str(path))
    manager, client = started()
    try:
        for _ in range(20):
            assert run(client, "1 + 1")[0]["status"] == "ok"
        found = ask(client, "history_request", hist_access_type="tail", n=3, **HISTORY)["content"]["history"]
        assert [entry[2] for entry in found] == ["1 + 1"] * 3
        if lock:
            lock.rollback()
            lock.close()
            client.shutdown()
            wait_for_end(manager.provisioner.process)
            assert sqlite3.connect(path).execute("SELECT count(*) FROM history").fetchone() == (20,)
    finally:
        stop(manager, client)


def test_sigterm_saves_history_and_sigint_while_idle_is_harmless(tmp_path, monkeypatch):
    monkeypatch.setenv("CONTRAST_HISTORY", str(tmp_path / "h.sqlite"))
    manager, client = started()
    for _ in range(5):
        os.kill(manager.provisioner.pid, signal.SIGINT)
    assert run(client, "kept = 1")[0]["status"] == "ok"
    os.kill(manager.provisioner.pid, signal.SIGTERM)
    wait_for_end(manager.provisioner.process)
    client.stop_channels()
    rows = sqlite3.connect(tmp_path / "h.sqlite").execute("SELECT source FROM history").fetchall()
    assert rows == [("kept = 1",)]


# Questions

def test_a_question_is_asked_and_answered(client):
    message_id = client.execute('name = ask "Who?"', allow_stdin=True)
    question = client.get_stdin_msg(timeout=PATIENCE)
    assert question["msg_type"] == "input_request" and question["parent_header"]["msg_id"] == message_id
    assert "Who?" in question["content"]["prompt"] and question["content"]["password"] is False
    client.input("Ada")
    assert answer(client, message_id)["content"]["status"] == "ok"
    reply, outputs = run(client, "name")
    assert any("Ada" in m["content"]["data"]["text/plain"] for m in outputs if m["msg_type"] == "execute_result")


def test_a_question_without_anybody_fails_at_once_and_one_that_waits_is_interrupted(client):
    reply, _ = run(client, 'ask "Who?"', allow_stdin=False)
    assert reply["status"] == "error"
    message_id = client.execute('ask "Who?"', allow_stdin=True)
    client.get_stdin_msg(timeout=PATIENCE)
    interrupt(client)
    assert answer(client, message_id)["content"]["ename"] == "Interrupted"
    assert run(client, "1")[0]["status"] == "ok"


# Subshells

def beside(client, subshell, code):
    message = client.session.msg("execute_request", {"code": code, "silent": False, "store_history": True,
                                                     "user_expressions": {}, "allow_stdin": False, "stop_on_error": True})
    message["header"]["subshell_id"] = subshell
    client.shell_channel.send(message)
    reply = answer(client, message["header"]["msg_id"])
    return reply["content"], outputs_of(client, message["header"]["msg_id"])


def test_a_second_console_looks_at_a_model_in_training(client):
    info = reply_on_control(client, "kernel_info_request")[1]["content"]
    assert "kernel subshells" in info["supported_features"]
    subshell = reply_on_control(client, "create_subshell_request")[1]["content"]["subshell_id"]
    assert reply_on_control(client, "list_subshell_request")[1]["content"]["subshell_id"] == [subshell]
    assert run(client, "few = load shapes train=256 test=10 size=16\nmodel = simclr (cnn width=8 size=16)")[0]["status"] == "ok"
    training = client.execute("train model on=few.train epochs=100000 batch=64")
    wait_for_start(client, training)

    def epochs():
        reply, outputs = beside(client, subshell, "model.epochs")
        assert reply["status"] == "ok"
        return float(outputs[-2]["content"]["data"]["text/plain"].replace(",", ""))

    wait_until(lambda: epochs() >= 2, "two epochs")
    assert "model" in str(beside(client, subshell, "list")[1])
    reply, outputs = beside(client, subshell, "plot loss model")
    assert reply["status"] == "ok"
    assert any("image/png" in message["content"].get("data", {}) for message in outputs)
    # What needs the weights is refused, and says why.
    for code in ("train model on=few.train epochs=1", "embed few.test with=model", "measure model on=few.test", "step model on=few.train",
                 'save model "m.safetensors"'):
        reply, _ = beside(client, subshell, code)
        assert reply["status"] == "error" and "nother cell works with this model" in reply["evalue"]
    # Other work goes on beside it.
    assert beside(client, subshell, "other = simclr (cnn width=4 size=16)\ntrain other on=few.train epochs=1 batch=64")[0][
        "status"] == "ok"
    interrupt(client)
    assert answer(client, training)["content"]["ename"] == "Interrupted"
    assert run(client, "h = embed few.test with=model")[0]["status"] == "ok"
    assert reply_on_control(client, "delete_subshell_request", {"subshell_id": subshell})[1]["content"]["status"] == "ok"
    assert beside(client, subshell, "1")[0]["status"] == "error"


# Starting

@pytest.mark.parametrize("transport", ["tcp", "ipc"])
def test_a_manager_that_asks_for_encryption_gets_it(tmp_path, transport):
    options = {"ip": str(tmp_path / "k")} if transport == "ipc" else {}
    manager, client = started(transport=transport, transport_encryption="required", **options)
    try:
        assert manager.curve_publickey
        assert run(client, "1 + 1")[0]["status"] == "ok"
        assert client.hb_channel.is_beating()
        reply_on_control(client, "kernel_info_request")
        with zmq.Context() as context, context.socket(zmq.DEALER) as stranger:
            stranger.linger = 0
            stranger.connect(manager._make_url("shell"))
            stranger.send_multipart(Session(key=manager.session.key).serialize(
                Session(key=manager.session.key).msg("kernel_info_request")))
            assert stranger.poll(500) == 0
    finally:
        stop(manager, client)


def test_half_a_pair_of_keys_is_refused(connection):
    path, content = connection
    path.write_text(json.dumps(dict(content, curve_publickey="x" * 40)))
    ended = subprocess.run(command(path), capture_output=True, text=True, timeout=PATIENCE)
    assert ended.returncode != 0 and "curve_secretkey" in ended.stderr


def test_a_kernel_registers_with_its_launcher(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    session = Session(key=b"k")
    with zmq.Context() as context, context.socket(zmq.ROUTER) as launcher:
        launcher.linger = 0
        port = launcher.bind_to_random_port("tcp://127.0.0.1")
        path = tmp_path / "registration.json"
        path.write_text(json.dumps({
            "transport": "tcp", "ip": "127.0.0.1", "registration_ip": "127.0.0.1", "registration_port": port, "key": "k",
            "signature_scheme": "hmac-sha256", "kernel_id": "seven"}))
        process = subprocess.Popen(command(path))
        assert launcher.poll(PATIENCE * 1000)
        identity, delimiter, signature, content = launcher.recv_multipart()
        assert delimiter == b"<IDS|MSG>" and signature == session.sign([content])
        launcher.send_multipart([identity, delimiter, session.sign([b"ACK"]), b"ACK"])
        ports = json.loads(content)
        file = tmp_path / "kernel-seven.json"
        # Written before the heart beats.
        wait_for_heart(ports)
        # Another client connects by the file that the kernel wrote.
        client = BlockingKernelClient(connection_file=str(file))
        client.load_connection_file()
        client.start_channels()
        client.wait_for_ready(timeout=PATIENCE)
        assert run(client, "1 + 1")[0]["status"] == "ok"
        client.shutdown()
        wait_for_end(process)
        client.stop_channels()
        assert not file.exists()


def test_a_launcher_that_never_answers_leaves_no_kernel_behind(tmp_path):
    with zmq.Context() as context, context.socket(zmq.ROUTER) as launcher:
        launcher.linger = 0
        path = tmp_path / "registration.json"
        path.write_text(json.dumps({
            "transport": "tcp", "ip": "127.0.0.1", "registration_ip": "127.0.0.1", "key": "k",
            "registration_port": launcher.bind_to_random_port("tcp://127.0.0.1"), "signature_scheme": "hmac-sha256"}))
        ended = subprocess.run(command(path), capture_output=True, text=True, timeout=PATIENCE)
        assert ended.returncode != 0 and "did not acknowledge" in ended.stderr


# Life and death

def crash(signal_number, code):
    read, write = os.pipe()
    manager = KernelManager(kernel_name=NAME)
    manager.start_kernel(stderr=write)
    os.close(write)
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=PATIENCE)
    if code:
        client.execute(code)
        # What a cell shows is sent once it runs; its busy and its text before.
        while client.get_iopub_msg(timeout=PATIENCE)["msg_type"] != "stream":
            pass
    os.kill(manager.provisioner.pid, signal_number)
    status = manager.provisioner.process.wait(timeout=PATIENCE)
    with os.fdopen(read) as pipe:
        stderr = pipe.read()
    client.stop_channels()
    return status, stderr


@pytest.mark.parametrize("number", [signal.SIGILL, signal.SIGSEGV, signal.SIGABRT])
def test_a_crash_names_the_cell(number):
    status, stderr = crash(number, "# what follows\n\nprint \"begun\"\n" + LONG_CELL)
    assert status == -number
    assert "contrast: the kernel crashed" in stderr and "in the cell: # what follows" in stderr
    assert len([line for line in stderr.splitlines() if "crashed" in line]) == 1


def cells_thread(process, *others):
    """The thread that runs cells, besides the others that do. A thread takes its name once it runs."""
    def name(path):
        try:
            return path.read_text().strip()
        except OSError:
            return ""  # It has ended meanwhile.

    def found():
        return {int(path.parent.name) for path in pathlib.Path(f"/proc/{process}/task").glob("*/comm")
                if name(path) == "cells"} - set(others)

    wait_until(found, "a thread for cells")
    [thread] = found()
    return thread


def computed(process, thread):
    """Seconds of processor time that a thread has taken."""
    fields = pathlib.Path(f"/proc/{process}/task/{thread}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def kill_thread(process, thread, number):
    """Sends a signal to one thread, as a fault of its own does."""
    tgkill = {"x86_64": 234, "aarch64": 131}[os.uname().machine]
    assert ctypes.CDLL(None, use_errno=True).syscall(tgkill, process, thread, number) == 0, os.strerror(ctypes.get_errno())


@pytest.mark.parametrize("place", ["main", "subshell", "slider", "worker"])
def test_a_crash_names_the_cell_of_the_thread_that_died(place):
    read, write = os.pipe()
    manager = KernelManager(kernel_name=NAME)
    manager.start_kernel(stderr=write)
    os.close(write)
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=PATIENCE)
    process = manager.provisioner.pid
    main = cells_thread(process)
    client.control_channel.send(client.session.msg("create_subshell_request", {}))
    subshell = client.get_control_msg(timeout=PATIENCE)["content"]["subshell_id"]
    slow = "for i in 0..<1000000000 { x = i }"
    if place == "slider":
        client.execute("slider n from=0 to=4 value=0 {\n  for i in 0..<n * 1000000000 { x = i }\n}")
        comm = next(reply["content"]["comm_id"] for reply in iter(lambda: client.get_iopub_msg(timeout=PATIENCE), None)
                    if reply["msg_type"] == "comm_open"
                    and reply["content"]["data"]["state"]["_model_name"] == "IntSliderModel")
        client.get_shell_msg(timeout=PATIENCE)
        client.shell_channel.send(client.session.msg("comm_msg", {
            "comm_id": comm, "data": {"method": "update", "state": {"value": 4}}}))
    else:
        client.execute("# the main one\n" + slow)
    message = client.session.msg("execute_request", {"code": "# the other\n" + slow, "silent": True})
    message["header"]["subshell_id"] = subshell
    client.shell_channel.send(message)
    other = cells_thread(process, main)
    # Until it runs its loop a thread computes for some milliseconds, and it notes its cell before the loop.
    for thread in (main, other):
        start = computed(process, thread)
        wait_until(lambda: computed(process, thread) > start + 0.5, "both cells to compute")
    thread = {"main": main, "subshell": other, "slider": main}.get(place, process)
    kill_thread(process, thread, signal.SIGSEGV)
    assert manager.provisioner.process.wait(timeout=PATIENCE) == -signal.SIGSEGV
    with os.fdopen(read) as pipe:
        report = next(line for line in pipe if "crashed" in line)
    client.stop_channels()
    first = "slider n from=0 to=4 value=0 {" if place == "slider" else "# the main one"
    told = {"main": [first], "slider": [first], "subshell": ["# the other"],
            # Either cell may have begun first.
            "worker": [first + "  or: # the other", "# the other  or: " + first]}
    assert report.partition(" in the cell: ")[2].rstrip("\n") in told[place], report


def test_a_crash_while_idle_says_so():
    assert "while no cell ran" in crash(signal.SIGBUS, None)[1]


def test_a_kernel_that_computes_ends_with_its_server(connection):
    path, content = connection
    program = f"""
import os, subprocess, time
child = subprocess.Popen({command(str(path))!r}, env=dict(os.environ, JPY_PARENT_PID=str(os.getpid())))
print(child.pid, flush=True)
time.sleep(1000)
"""
    server = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    child = int(server.stdout.readline())
    wait_for_heart(content)
    with zmq.Context() as context, context.socket(zmq.DEALER) as shell:
        shell.linger = 0
        shell.connect(f"tcp://127.0.0.1:{content['shell_port']}")
        cells = cells_thread(child)
        start = computed(child, cells)
        Session(key=b"k").send(shell, "execute_request", {"code": LONG_CELL})
        wait_until(lambda: computed(child, cells) > start + 0.5, "the cell to compute")
        server.kill()
        server.wait()
        wait_until(lambda: not is_running(child), "the kernel to end with its server")


def test_a_million_lines_leave_memory_flat_and_end_with_a_notice(kernel):
    manager, client = kernel
    run(client, 'for i in 0..<20000 { print "line {i} of very many, each of some length" }')
    before = resident(manager.provisioner.pid)
    message_id = client.execute('for i in 0..<1000000 { print "line {i} of very many, each of some length" }')
    assert answer(client, message_id, timeout=5 * PATIENCE)["content"]["status"] == "ok"
    outputs = outputs_of(client, message_id)
    texts = "".join(m["content"]["text"] for m in outputs if m["msg_type"] == "stream")
    assert "cut off after 2 MiB" in texts and len(texts) < 2.2e6
    assert len(outputs) < 1000
    assert resident(manager.provisioner.pid) - before < 8


# Bad input

WRONG = [None, 3, -1, 2 ** 70, 1e300, "text", [], [[]], {}, {"a": {}}, True]
REQUESTS = {
    "execute_request": ["code", "silent", "store_history", "user_expressions", "allow_stdin", "stop_on_error"],
    "complete_request": ["code", "cursor_pos"], "inspect_request": ["code", "cursor_pos", "detail_level"],
    "is_complete_request": ["code"],
    "history_request": ["hist_access_type", "n", "session", "start", "stop", "pattern", "unique", "output"],
    "comm_info_request": ["target_name"], "kernel_info_request": ["nothing"], "connect_request": ["nothing"],
    "comm_open": ["comm_id", "target_name", "data"], "comm_msg": ["comm_id", "data"], "comm_close": ["comm_id"],
}


@pytest.mark.parametrize("kind", REQUESTS)
def test_members_of_wrong_types_are_answered(client, kind):
    good = {"code": "1", "cursor_pos": 1, "hist_access_type": "tail", "n": 1, "comm_id": "c", "target_name": "t", "data": {}}
    for member in REQUESTS[kind]:
        for wrong in WRONG:
            message = client.session.msg(kind, {**good, member: wrong})
            client.shell_channel.send(message)
            if kind.endswith("_request"):
                assert answer(client, message["header"]["msg_id"])["content"]["status"] in (
                    "ok", "error", "complete", "incomplete", "invalid", "unknown")
            assert story(outputs_of(client, message["header"]["msg_id"]))[-1] == "idle"
    assert run(client, "1")[0]["status"] == "ok"


def test_control_requests_of_wrong_types_are_answered(client):
    for kind in ("delete_subshell_request", "usage_request", "debug_request", "mystery_request", "interrupt_request",
                 "create_subshell_request", "list_subshell_request", "connect_request"):
        for wrong in WRONG:
            content = reply_on_control(client, kind, {"subshell_id": wrong, "restart": wrong})[1]["content"]
            assert content["status"] in ("ok", "error")
    assert run(client, "1")[0]["status"] == "ok"


def test_usage_has_what_monitors_show(client):
    content = reply_on_control(client, "usage_request")[1]["content"]
    assert set(content) >= {"hostname", "pid", "kernel_cpu", "kernel_memory", "cpu_count", "host_cpu_percent",
                            "host_virtual_memory"}
    assert content["host_virtual_memory"]["total"] > content["host_virtual_memory"]["available"] > 0


def test_clients_that_die_in_the_middle_of_a_message_are_forgotten(kernel):
    manager, client = kernel
    greeting = b"\xff" + bytes(8) + b"\x7f" + b"\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)
    for port in (manager.shell_port, manager.control_port, manager.iopub_port, manager.hb_port, manager.stdin_port):
        for data in (b"", b"GET / HTTP/1.1\r\n\r\n", greeting[:30], greeting, greeting + b"\x04\x26\x05READY",
                     greeting + b"\x02" + struct.pack(">Q", 1 << 40), os.urandom(500)):
            with socket.create_connection(("127.0.0.1", port)) as stranger:
                stranger.sendall(data)
                stranger.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert run(client, "1")[0]["status"] == "ok"
    reply_on_control(client, "kernel_info_request")


def test_frames_that_are_no_messages_are_dropped_and_logged(tmp_path):
    log = open(tmp_path / "log", "w+")
    manager = KernelManager(kernel_name=NAME)
    manager.start_kernel(stderr=log)
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=PATIENCE)
    try:
        good = client.session.serialize(client.session.msg("kernel_info_request"))
        forged = Session(key=b"another").serialize(Session(key=b"another").msg("execute_request", {"code": "1"}))
        with zmq.Context() as context, context.socket(zmq.DEALER) as socket_:
            socket_.linger = 0
            socket_.connect(f"tcp://127.0.0.1:{manager.shell_port}")
            for frames in (forged, good[:3], good[1:], [b""], [b"<IDS|MSG>"], good[:2] + [b"{}"] * 4, [os.urandom(99)] * 9):
                socket_.send_multipart(frames)
            # One after the other on this socket: the kernel answers the last once it has dropped the rest.
            socket_.send_multipart(client.session.serialize(client.session.msg("kernel_info_request")))
            assert socket_.poll(PATIENCE * 1000)
            _, frames = client.session.feed_identities(socket_.recv_multipart())
            assert client.session.deserialize(frames)["msg_type"] == "kernel_info_reply"
            assert socket_.poll(0) == 0
        assert run(client, "1")[0]["status"] == "ok"
        text = (tmp_path / "log").read_text()
        assert text.count("dropped a message on shell") == 7 and "signature is wrong" in text
    finally:
        stop(manager, client)


def test_a_queue_of_ten_thousand_requests_is_answered_in_order(client):
    long = client.execute(LONG_CELL, stop_on_error=False)
    wait_for_start(client, long)
    ids = [client.execute("1", store_history=False) for _ in range(10_000)]
    interrupt(client)
    assert answer(client, long)["content"]["ename"] == "Interrupted"
    for message_id in ids:
        reply = client.get_shell_msg(timeout=PATIENCE)
        assert reply["parent_header"]["msg_id"] == message_id and reply["content"]["status"] == "ok"
    assert story(outputs_of(client, ids[-1]))[-1] == "idle"


def test_a_client_that_comes_again_takes_its_own_place(kernel):
    manager, _ = kernel
    session = manager.session
    with zmq.Context() as context:
        sockets = []
        for _ in range(3):
            # The connections before it are still there, as after a network that broke.
            socket_ = context.socket(zmq.DEALER)
            socket_.linger = 0
            socket_.identity = b"one and the same"
            socket_.connect(f"tcp://127.0.0.1:{manager.shell_port}")
            sockets.append(socket_)
            session.send(socket_, "kernel_info_request", {})
            assert socket_.poll(PATIENCE * 1000)
            socket_.recv_multipart()
        for socket_ in sockets:
            socket_.close()


def test_many_clients_at_once(kernel):
    manager, _ = kernel
    failures = []

    def work():
        # With a session, and so an address, of its own.
        client = BlockingKernelClient(connection_file=manager.connection_file)
        client.load_connection_file()
        client.start_channels()
        try:
            client.wait_for_ready(timeout=PATIENCE)
            for _ in range(20):
                message_id = client.execute("1 + 1")
                answer(client, message_id)
        except Exception as error:
            failures.append(error)
        finally:
            client.stop_channels()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
