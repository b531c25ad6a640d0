#!/usr/bin/env python3
"""Start, round trip and memory of this kernel beside others: scripts/bench kernel [--quick]

Needs jupyter_client and psutil, and the kernels' specifications where Jupyter finds them. The kernels take turns, so that a
busy minute of the machine meets all of them. Prints one JSON line a kernel and the table, and writes that into README.md.
"""
import argparse
import json
import os
import pathlib
import socket
import statistics
import subprocess
import tempfile
import time

import psutil
import zmq
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager
from jupyter_client.session import Session

KERNELS = {"contrast": "Contrast", "python3": "ipykernel", "xpython": "xeus-python"}
PAGE = pathlib.Path(__file__).resolve().parent / "README.md"
MARKS = "<!-- measured by scripts/bench kernel -->", "<!-- end of what scripts/bench kernel measured -->"


def ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    found = [listener.getsockname()[1] for listener in sockets]
    for listener in sockets:
        listener.close()
    return found


def start(name):
    """Seconds from starting the process to its answer to kernel_info, and what it then holds in memory, in MB.

    The client tries to connect every millisecond: jupyter_client's own waiting (a tenth of a second between tries, two to
    drain IOPub) says nothing of a kernel.
    """
    with tempfile.TemporaryDirectory() as folder, zmq.Context() as context:
        file = pathlib.Path(folder) / "connection.json"
        connection = dict(zip(("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port"), ports(5)),
                          transport="tcp", ip="127.0.0.1", key="k", signature_scheme="hmac-sha256")
        file.write_text(json.dumps(connection))
        spec = KernelSpecManager().get_kernel_spec(name)
        session = Session(key=b"k")
        shell = context.socket(zmq.DEALER)
        shell.linger = 0
        shell.reconnect_ivl = 1
        shell.connect(f"tcp://127.0.0.1:{connection['shell_port']}")
        began = time.perf_counter()
        process = subprocess.Popen([part.format(connection_file=str(file)) for part in spec.argv],
                                   env={**os.environ, **spec.env}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            session.send(shell, "kernel_info_request", {})
            if not shell.poll(60_000):
                raise TimeoutError(f"{name} did not answer within a minute")
            seconds = time.perf_counter() - began
            time.sleep(0.3)
            return seconds, psutil.Process(process.pid).memory_info().rss / 1e6
        finally:
            process.kill()
            process.wait()
            shell.close()


def trips(name, rounds):
    """Milliseconds from sending `1` to its idle, each."""
    manager = KernelManager(kernel_name=name)
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        found = []
        for _ in range(rounds):
            began = time.perf_counter()
            message_id = client.execute("1")
            while client.get_shell_msg(timeout=30)["parent_header"].get("msg_id") != message_id:
                pass
            while True:
                message = client.get_iopub_msg(timeout=30)
                if (message["parent_header"].get("msg_id") == message_id and message["msg_type"] == "status"
                        and message["content"]["execution_state"] == "idle"):
                    break
            found.append((time.perf_counter() - began) * 1e3)
        return found
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def table(rows):
    lines = ["| kernel | start to first answer, s | `1` to idle, ms: median | 99th percentile | resident, idle, MB |",
             "|---|--:|--:|--:|--:|"]
    for row in rows:
        lines.append(f"| {row['kernel']} | {row['ready_s']:.3f} | {row['trip_ms']:.2f} | {row['trip_p99_ms']:.2f} "
                     f"| {row['resident_mb']:.1f} |")
    return "\n".join(lines)


def write(text, path=PAGE):
    before, rest = path.read_text().split(MARKS[0])
    path.write_text(f"{before}{MARKS[0]}\n\n{text}\n\n{MARKS[1]}{rest.split(MARKS[1])[1]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a few rounds, and the page stays as it is")
    options = parser.parse_args()
    os.environ["CONTRAST_HISTORY"] = "off"
    names = [name for name in KERNELS if name in KernelSpecManager().find_kernel_specs()]
    rounds, starts, times = (1, 2, 30) if options.quick else (3, 5, 300)
    measured = {name: {"start": [], "memory": [], "trips": []} for name in names}
    for _ in range(rounds):
        for name in names:
            for _ in range(starts):
                seconds, memory = start(name)
                measured[name]["start"].append(seconds)
                measured[name]["memory"].append(memory)
            measured[name]["trips"] += trips(name, times)
    rows = []
    for name in names:
        found = measured[name]
        found["trips"].sort()
        rows.append({"kernel": KERNELS[name], "ready_s": round(statistics.median(found["start"]), 3),
                     "trip_ms": round(statistics.median(found["trips"]), 2),
                     "trip_p99_ms": round(found["trips"][int(0.99 * len(found["trips"]))], 2),
                     "resident_mb": round(statistics.median(found["memory"]), 1)})
        print(json.dumps(rows[-1]), flush=True)
    print(table(rows))
    if not options.quick:
        write(table(rows))


if __name__ == "__main__":
    main()
