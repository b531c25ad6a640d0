"""The installed kernel, asked by real Jupyter clients: pytest Tests/Python

Needs pytest, jupyter_client and jupyter_kernel_test, and a kernelspec installed where Jupyter finds it. Its name is
taken from CONTRAST_KERNEL, else "contrast".
"""
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time

import jupyter_kernel_test
import pytest
import zmq
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager, start_new_kernel

NAME = os.environ.get("CONTRAST_KERNEL", "contrast")
# Seconds until an answer is taken for lost: far above what one takes on a machine that is busy with other things.
PATIENCE = 60
# Takes minutes: it ends before that by an interrupt alone.
LONG_CELL = "for i in 0..<1000000000 {\n  x = i\n}"


class KernelConformance(jupyter_kernel_test.KernelTests):
    """The suite that Jupyter's own project offers for kernels."""

    kernel_name = NAME
    language_name = "contrast"
    file_extension = ".contrast"
    code_hello_world = 'print "hello, world"'
    code_stderr = 'print "test" as=warning'
    # Of the same text, so that the search with a pattern finds several, and one that is unique.
    code_execute_result = [{"code": "1 + 1", "result": "2"}] * 3
    code_history_pattern = "1 + 1"
    supported_history_operations = ("tail", "range", "search")
    completion_samples = [{"text": "simcl", "matches": {"simclr"}}, {"text": "train model optimi", "matches": {"optimizer="}}]
    code_display_data = [{"code": "show (cnn width=8)", "mime": "text/html"}]
    code_clear_output = "clear"
    code_generate_error = "unknownverb 3"
    complete_code_samples = ["1", "x = 3", "for i in 0..<3 {\n  x = i\n}"]
    incomplete_code_samples = ["for i in 0..<3 {", "x = [1,"]
    invalid_code_samples = ["x = = 3", ")"]
    code_inspect_sample = "train"
    code_page_something = "train?"
    support_iopub_welcome = True


# The base class itself is not a suite to run.
del jupyter_kernel_test


@pytest.fixture
def kernel():
    manager, client = start_new_kernel(kernel_name=NAME, startup_timeout=PATIENCE)
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


@pytest.fixture
def client(kernel):
    return kernel[1]


def outputs_of(client, message_id, timeout=PATIENCE):
    """The messages about a request on IOPub, up to its idle."""
    found = []
    while True:
        message = client.get_iopub_msg(timeout=timeout)
        if message["parent_header"].get("msg_id") != message_id:
            continue
        found.append(message)
        if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
            return found


def run(client, code, **options):
    message_id = client.execute(code, **options)
    reply = client.get_shell_msg(timeout=PATIENCE)
    assert reply["parent_header"]["msg_id"] == message_id
    return reply["content"], outputs_of(client, message_id)


def story(messages):
    return [message["content"].get("execution_state", message["msg_type"]) for message in messages]


def reply_on_control(client, kind, content=None):
    message = client.session.msg(kind, content or {})
    client.control_channel.send(message)
    reply = client.get_control_msg(timeout=PATIENCE)
    assert reply["parent_header"]["msg_id"] == message["header"]["msg_id"]
    return message["header"]["msg_id"], reply


def interrupt(client):
    assert reply_on_control(client, "interrupt_request")[1]["content"]["status"] == "ok"


def wait_for_start(client, message_id):
    """Shell and control are separate: an interrupt could overtake the cell that it is meant for."""
    while True:
        message = client.get_iopub_msg(timeout=PATIENCE)
        if message["parent_header"].get("msg_id") == message_id and message["msg_type"] == "execute_input":
            return


def test_a_value_is_shown_between_busy_and_idle(client):
    reply, outputs = run(client, "1")
    assert story(outputs) == ["busy", "execute_input", "execute_result", "idle"]
    assert outputs[2]["content"]["data"]["text/plain"] == "1"
    assert outputs[2]["content"]["execution_count"] == reply["execution_count"] == 1


def test_names_live_from_cell_to_cell(client):
    assert story(run(client, "x = 3")[1]) == ["busy", "execute_input", "idle"]
    assert run(client, "x")[1][2]["content"]["data"]["text/plain"] == "3"


def test_an_error_is_one_output_and_the_kernel_lives(client):
    reply, outputs = run(client, "unknownverb 3")
    assert story(outputs) == ["busy", "execute_input", "error", "idle"]
    assert reply["status"] == "error"
    for name in ("ename", "evalue", "traceback"):
        assert reply[name] == outputs[2]["content"][name]
    assert all(isinstance(line, str) for line in reply["traceback"])
    assert run(client, "1")[0]["execution_count"] == 2


def test_silent_and_unstored_cells_do_not_count(client):
    assert story(run(client, "1", silent=True)[1]) == ["busy", "idle"]
    run(client, "1", store_history=False)
    assert run(client, "1")[0]["execution_count"] == 1


def test_cells_that_wait_are_aborted_after_an_error(client):
    ids = [client.execute(code) for code in (LONG_CELL, "1", "2")]
    wait_for_start(client, ids[0])
    interrupt(client)
    replies = [client.get_shell_msg(timeout=PATIENCE) for _ in ids]
    assert [reply["parent_header"]["msg_id"] for reply in replies] == ids
    assert [reply["content"]["status"] for reply in replies] == ["error"] * 3
    assert replies[0]["content"]["ename"] == "Interrupted"
    outputs_of(client, ids[2])
    assert run(client, "1")[0]["status"] == "ok"


def test_a_long_cell_leaves_control_open_and_is_interrupted(client):
    message_id = client.execute(LONG_CELL)
    wait_for_start(client, message_id)
    info_id, info = reply_on_control(client, "kernel_info_request")
    assert info["content"]["status"] == "ok"
    assert story(outputs_of(client, info_id)) == ["busy", "idle"]
    interrupt(client)
    reply = client.get_shell_msg(timeout=PATIENCE)
    assert reply["content"]["ename"] == "Interrupted"
    assert story(outputs_of(client, message_id))[-2:] == ["error", "idle"]


def test_sigint_interrupts_too(kernel):
    manager, client = kernel
    wait_for_start(client, client.execute(LONG_CELL))
    os.kill(manager.provisioner.pid, signal.SIGINT)
    assert client.get_shell_msg(timeout=PATIENCE)["content"]["ename"] == "Interrupted"
    assert run(client, "1")[0]["status"] == "ok"


def test_questions_are_answered_while_a_cell_runs(client):
    wait_for_start(client, client.execute(LONG_CELL))
    completion_id = client.complete("simcl", 5)
    reply = client.get_shell_msg(timeout=PATIENCE)
    assert reply["parent_header"]["msg_id"] == completion_id
    assert "simclr" in reply["content"]["matches"]
    assert (reply["content"]["cursor_start"], reply["content"]["cursor_end"]) == (0, 5)
    interrupt(client)
    assert client.get_shell_msg(timeout=PATIENCE)["content"]["ename"] == "Interrupted"


def test_every_request_is_answered(client):
    for name, kind in [("history", "history_reply"), ("comm_info", "comm_info_reply")]:
        message_id = getattr(client, name)()
        reply = client.get_shell_msg(timeout=PATIENCE)
        assert reply["msg_type"] == kind
        assert story(outputs_of(client, message_id)) == ["busy", "idle"]
    message = client.session.msg("mystery_request", {})
    client.shell_channel.send(message)
    assert client.get_shell_msg(timeout=PATIENCE)["content"]["status"] == "error"
    assert story(outputs_of(client, message["header"]["msg_id"])) == ["busy", "idle"]


def test_user_expressions_have_a_status_each(client):
    reply, _ = run(client, "x = 3", user_expressions={"good": "x", "bad": "nosuchname"})
    assert reply["user_expressions"]["good"]["data"]["text/plain"] == "3"
    assert reply["user_expressions"]["bad"]["status"] == "error"


MALFORMED = [
    "(", ")", "]", "}", '"', '"{', "{", "= 3", "x =", "1 +", "for", "for i in", "if", "..<", "x[", "x[1", "1e999",
    "9" * 400, "\0", "\ufeff", "é = 1", "𝔘", "(" * 2000, "[" * 2000, "-" * 2000, "1" + " + 1" * 5000, "a.b.c.d",
    '"{"{"{"', "x = x = x", "#", ";;;;", "\r\n\r\n", "\t", "train", "train train", "show =", "= =", "temperature=0",
]


def test_malformed_cells_leave_the_kernel_alive(client):
    for code in MALFORMED:
        reply, _ = run(client, code)
        assert reply["status"] in ("ok", "error")
    assert run(client, "1")[0]["status"] == "ok"


def test_shutdown_is_answered_and_the_process_ends(kernel):
    manager, client = kernel
    client.shutdown()
    assert client.get_control_msg(timeout=PATIENCE)["content"] == {"status": "ok", "restart": False}
    wait_for_end(manager.provisioner.process)


def wait_for_end(process):
    process.wait(timeout=PATIENCE)
    assert process.returncode == 0


def command(connection_file):
    arguments = KernelSpecManager().get_kernel_spec(NAME).argv
    return [argument.format(connection_file=connection_file) for argument in arguments]


def free_ports(count):
    """Ports below those that the system gives to connections: nobody takes them while the kernel starts."""
    with open("/proc/sys/net/ipv4/ip_local_port_range") as file:
        end = int(file.read().split()[0])
    ports = []
    for port in random.sample(range(end // 2, end), 200):
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue  # Somebody serves there.
        ports.append(port)
        if len(ports) == count:
            return ports
    raise OSError(f"no {count} free ports below {end}")


@pytest.fixture
def connection(tmp_path):
    names = ("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port")
    content = {"transport": "tcp", "ip": "127.0.0.1", "key": "k", "signature_scheme": "hmac-sha256"}
    content.update(zip(names, free_ports(5)))
    path = tmp_path / "kernel.json"
    path.write_text(json.dumps(content))
    return path, content


def wait_for_heart(content):
    """Until the kernel's heart beats: by then it heeds signals and watches its parent, while its ports are open before."""
    with zmq.Context() as context, context.socket(zmq.REQ) as heart:
        heart.linger = 0
        heart.connect(f"tcp://127.0.0.1:{content['hb_port']}")
        heart.send(b"ping")
        assert heart.poll(PATIENCE * 1000), "no heartbeat"


def wait_until(condition, what):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"waited {PATIENCE} s for {what}"
        time.sleep(0.02)


def test_sigterm_ends_the_kernel_in_order(connection):
    path, content = connection
    process = subprocess.Popen(command(path))
    wait_for_heart(content)
    process.terminate()
    wait_for_end(process)


def test_the_kernel_ends_with_the_process_that_started_it(connection):
    path, content = connection
    program = f"""
import os, subprocess, time
child = subprocess.Popen({command(str(path))!r}, env=dict(os.environ, JPY_PARENT_PID=str(os.getpid())))
print(child.pid, flush=True)
time.sleep(1000)
"""
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    wait_for_heart(content)
    parent.kill()
    parent.wait()
    try:
        wait_until(lambda: not is_running(child), "the kernel to end with its parent")
    finally:
        if is_running(child):
            os.kill(child, signal.SIGKILL)


def is_running(process):
    try:
        with open(f"/proc/{process}/stat") as status:
            return status.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def failure(path):
    ended = subprocess.run(command(path), capture_output=True, text=True, timeout=PATIENCE)
    assert ended.returncode != 0
    lines = ended.stderr.strip().splitlines()
    assert len(lines) == 1, lines
    return lines[0]


def test_a_port_that_is_taken_is_named(connection):
    path, content = connection
    with socket.create_server(("127.0.0.1", content["iopub_port"])):
        assert str(content["iopub_port"]) in failure(path)


@pytest.mark.parametrize("text", [None, "", "{", "[]", "{}", '{"shell_port": "x"}'])
def test_a_bad_connection_file_is_named(tmp_path, text):
    path = tmp_path / "broken.json"
    if text is not None:
        path.write_text(text)
    assert "broken.json" in failure(path)


def test_ipc_is_served(tmp_path):
    manager = KernelManager(kernel_name=NAME, transport="ipc", ip=str(tmp_path / "k"))
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=PATIENCE)
        assert run(client, "1")[0]["status"] == "ok"
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
