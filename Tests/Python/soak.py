#!/usr/bin/env python3
"""Throws at a kernel what no client should, and works it for long: python soak.py fuzz|cells [--help]

`fuzz` sends frames, JSON and cells that are broken in ways that a seed decides; whatever comes, the kernel must live and
answer the next good request. `cells` runs thousands of cells with interrupts at random moments; every request must be
answered, and memory stay flat. Both print one line of JSON, and end with 1 where the kernel did not hold.
"""
import argparse
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time

import zmq
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.session import Session

NAME = os.environ.get("CONTRAST_KERNEL", "contrast")
# Seconds until an answer is taken for lost: a machine may be busy.
PATIENCE = 60
MANUAL = pathlib.Path(__file__).resolve().parents[2] / "docs" / "manual.md"
REQUESTS = ["execute_request", "complete_request", "inspect_request", "is_complete_request", "history_request",
            "comm_info_request", "comm_open", "comm_msg", "comm_close", "kernel_info_request", "connect_request",
            "usage_request", "create_subshell_request", "delete_subshell_request", "list_subshell_request",
            "interrupt_request", "debug_request", "input_reply"]
# Would wait for a network, or take the machine's memory and hours: what they do is tested elsewhere.
TOO_LONG = re.compile(r"cifar10|resnet|vit|tsne|time ")


class Kernel:
    """A kernel in a folder of its own, and sockets to it."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.session = Session(key=b"a key")
        self.context = zmq.Context()
        file = pathlib.Path(self.folder.name) / "connection.json"
        # Over ipc, so that no other program can take a port in between.
        self.connection = {"transport": "ipc", "ip": str(pathlib.Path(self.folder.name) / "k"), "key": "a key",
                           "signature_scheme": "hmac-sha256"}
        self.ports = dict(zip(["shell", "iopub", "stdin", "control", "hb"], range(1, 6)))
        self.connection.update({f"{name}_port": port for name, port in self.ports.items()})
        file.write_text(json.dumps(self.connection))
        argv = [part.format(connection_file=str(file)) for part in KernelSpecManager().get_kernel_spec(NAME).argv]
        environment = dict(os.environ, CONTRAST_HISTORY=str(pathlib.Path(self.folder.name) / "history.sqlite"))
        self.log = open(pathlib.Path(self.folder.name) / "log", "w+")
        self.process = subprocess.Popen(argv, cwd=self.folder.name, env=environment, stderr=self.log)
        self.shell, self.control = self.connect("shell"), self.connect("control")
        self.ask(self.control, "kernel_info_request")

    def connect(self, channel):
        socket = self.context.socket(zmq.DEALER)
        socket.linger = 0
        socket.hwm = 0
        socket.connect(f"ipc://{self.connection['ip']}-{self.ports[channel]}")
        return socket

    def frames(self, kind, content):
        message = self.session.msg(kind, content)
        return message["header"]["msg_id"], self.session.serialize(message)

    def send(self, socket, kind, content):
        message_id, frames = self.frames(kind, content)
        socket.send_multipart(frames)
        return message_id

    def reply(self, socket, timeout):
        """The next reply as (parent's id, content), or None."""
        if not socket.poll(timeout * 1000):
            return None
        frames = socket.recv_multipart()
        start = frames.index(b"<IDS|MSG>")
        return json.loads(frames[start + 3]).get("msg_id"), json.loads(frames[start + 5])

    def ask(self, socket, kind, content=None, timeout=PATIENCE):
        """The content of the reply; others that come before it are passed over."""
        message_id = self.send(socket, kind, content or {})
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            reply = self.reply(socket, 1)
            if reply and reply[0] == message_id:
                return reply[1]
            if self.process.poll() is not None:
                break
        return None

    def resident(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1)) / 1024

    def end(self):
        """Shuts the kernel down and returns its exit status, and the end of its log."""
        if self.process.poll() is None:
            self.ask(self.control, "shutdown_request", {"restart": False})
        try:
            status = self.process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = "did not end"
        for socket in (self.shell, self.control):
            socket.close()
        self.context.term()
        self.log.seek(0, os.SEEK_END)
        self.log.seek(max(0, self.log.tell() - 2000))
        tail = self.log.read()
        self.log.close()
        self.folder.cleanup()
        return status, tail


class Fuzzer:
    """Inputs of three kinds, all from one seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        blocks = re.findall(r"```\w*\n(.*?)```", MANUAL.read_text(), re.S)
        # Lines that only name every option are no examples.
        self.examples = [block.strip() for block in blocks if not TOO_LONG.search(block) and not re.search("=none]|…", block)]
        self.words = sorted(set(re.findall(r"\w+|[^\w\s]", "\n".join(self.examples))))

    def bytes(self, most):
        return self.random.randbytes(self.random.randrange(most))

    def broken_frames(self, frames):
        """A signed message of which something is wrong on the way."""
        frames = list(frames)
        for _ in range(self.random.randrange(1, 4)):
            place = self.random.randrange(len(frames)) if frames else 0
            match self.random.randrange(6):
                case 0 if frames: del frames[place]
                case 1: frames.insert(place, self.bytes(40))
                case 2 if frames: frames[place] = frames[place][:self.random.randrange(len(frames[place]) + 1)]
                case 3 if frames and frames[place]:
                    data = bytearray(frames[place])
                    data[self.random.randrange(len(data))] ^= 1 << self.random.randrange(8)
                    frames[place] = bytes(data)
                case 4 if frames: frames.insert(place, frames[self.random.randrange(len(frames))])
                case _: frames = frames[place:] + frames[:place]
        return frames or [b""]

    def value(self, depth=0):
        """Any JSON."""
        kinds = [lambda: None, lambda: self.random.choice([True, False]), lambda: self.random.randrange(-3, 30),
                 lambda: self.random.choice([2 ** 63, -2 ** 63, 2 ** 100, 1e308, -0.0, 1e-320]), self.text,
                 lambda: self.random.choice(["1", "x = 3", "tail", "range", "search", "echo", "*[", "a key"])]
        if depth < 3:
            kinds += [lambda: [self.value(depth + 1) for _ in range(self.random.randrange(4))],
                      lambda: {self.text(): self.value(depth + 1) for _ in range(self.random.randrange(4))}]
        return self.random.choice(kinds)()

    def text(self):
        return "".join(chr(self.random.choice([self.random.randrange(32, 127), self.random.randrange(1, 0xD7FF),
                                               self.random.randrange(0x10000, 0x10FFFF)]))
                       for _ in range(self.random.randrange(12)))

    def broken_json(self, session):
        """A message that is signed rightly and whose JSON is wrong in form or in content."""
        kind = self.random.choice(REQUESTS)
        message = session.msg(kind, {})
        members = ["code", "cursor_pos", "silent", "store_history", "user_expressions", "allow_stdin", "stop_on_error",
                   "detail_level", "hist_access_type", "n", "pattern", "unique", "session", "start", "stop", "comm_id",
                   "target_name", "data", "subshell_id", "value"]
        content = {name: self.value() for name in members if self.random.random() < 0.3}
        header = dict(message["header"], date="2026-01-01T00:00:00Z")
        if self.random.random() < 0.3:
            header[self.random.choice(list(header) + ["subshell_id"])] = self.value()
        parts = [json.dumps(part).encode() for part in
                 (header, self.value() if self.random.random() < 0.1 else {}, {}, content)]
        if self.random.random() < 0.4:
            place = self.random.randrange(4)
            data = bytearray(parts[place])
            for _ in range(self.random.randrange(1, 6)):
                where = self.random.randrange(len(data) + 1)
                match self.random.randrange(3):
                    case 0: data[where:where + self.random.randrange(5)] = b""
                    case 1: data[where:where] = self.random.choice([b"[" * 300, b'"', b"\\u", b"\xff", b"{", b"1e999", b"\0"])
                    case _: data[where:where] = self.bytes(6)
            parts[place] = bytes(data)
        return [b"<IDS|MSG>", session.sign(parts)] + parts + [self.bytes(9) for _ in range(self.random.randrange(2))]

    def cell(self):
        """Text that a person might type, and worse."""
        match self.random.randrange(4):
            case 0: code = " ".join(self.random.choice(self.words) for _ in range(self.random.randrange(14)))
            case 1: code = self.text() + self.random.choice(self.words) + self.text()
            case _: code = self.random.choice(self.examples)
        characters = list(code)
        for _ in range(self.random.randrange(4)):
            where = self.random.randrange(len(characters) + 1)
            match self.random.randrange(4):
                case 0: characters[where:where + self.random.randrange(6)] = []
                case 1: characters[where:where] = list(self.text())
                case 2: characters[where:where] = list(self.random.choice(self.words))
                case _: characters[where:where] = list(self.random.choice(["(", ")", "{", "}", "[", "]", '"', "=", "-", "9" * 30, "\n"]))
        code = "".join(characters)
        return "1" if TOO_LONG.search(code) else code


# Names that the manual's examples use.
SETUP = """
x = 3
few = load shapes train=64 test=16 size=16
shapes = few
model = simclr (cnn width=4 size=16)
train model on=few.train epochs=1 batch=32
h = embed few.test with=model
t = table
add t batch=64 accuracy=0.4 rule="adam"
"""


def fuzz(inputs, seed):
    kernel, fuzzer = Kernel(), Fuzzer(seed)
    kernel.ask(kernel.shell, "execute_request", {"code": SETUP})
    start = time.monotonic()
    counts = {"frames": 0, "json": 0, "cells": 0, "ok": 0, "error": 0}
    latest, problem = [], None
    for number in range(inputs):
        kind = fuzzer.random.choices(["frames", "json", "cells"], [3, 3, 4])[0]
        socket = fuzzer.random.choice([kernel.shell, kernel.control])
        counts[kind] += 1
        if kind == "cells":
            code = fuzzer.cell()
            latest.append(code)
            reply = kernel.ask(kernel.shell, "execute_request", {"code": code, "allow_stdin": False, "stop_on_error": False},
                               timeout=2)
            if reply is None and kernel.process.poll() is None:
                # It may just be long: its interrupt must end it. Answers to earlier requests may come first.
                kernel.ask(kernel.control, "interrupt_request")
                reply = {"status": "error"} if kernel.ask(kernel.shell, "execute_request", {"code": "1"}) else None
            if reply is None:
                problem = "a cell was not answered"
                break
            counts["ok" if reply["status"] == "ok" else "error"] += 1
        elif kind == "json":
            latest.append(fuzzer.broken_json(kernel.session))
            socket.send_multipart(latest[-1])
        else:
            _, frames = kernel.frames(fuzzer.random.choice(REQUESTS), {"code": "1"})
            latest.append(fuzzer.broken_frames(frames))
            socket.send_multipart(latest[-1])
        latest = latest[-60:]
        if number % 50 == 49 or number == inputs - 1:
            for channel in (kernel.shell, kernel.control):
                if kernel.ask(channel, "kernel_info_request") is None:
                    problem = "kernel_info was not answered"
            if problem:
                break
    status, log = kernel.end()
    held = problem is None and status == 0
    print(json.dumps({"fuzz": inputs, "seed": seed, **counts, "seconds": round(time.monotonic() - start, 1), "held": held}))
    if not held:
        print(f"{problem}; exit status {status}, before input {number} of seed {seed}; the last inputs:", file=sys.stderr)
        for entry in latest[-60:]:
            print(f"  {entry!r}", file=sys.stderr)
        print(log, file=sys.stderr)
    return held


CELLS = [
    "1 + 1", "x = 3\nx * x", "nosuchword 3", "for i in 0..<20000 {\n  y = i\n}", "for i in 0..<300000 {\n  y = i\n}",
    'print "{x} of many"', "t = table\nadd t a=1 b=2\nt", "help train", "1 / 0", "[1, 2, 3]", "few = load shapes train=40 test=10 size=16",
    "few", "plot line [1, 4, 9, 16]", "m = simclr (cnn width=4 size=16)\ntrain m on=few.train epochs=1 batch=20", "list",
]


def cells(count, interrupts, seed):
    kernel, chance = Kernel(), random.Random(seed)
    watched = kernel.context.socket(zmq.SUB)
    watched.linger = 0
    watched.subscribe(b"status")
    watched.rcvhwm = 0
    watched.connect(f"ipc://{kernel.connection['ip']}-{kernel.ports['iopub']}")
    # Its welcome: from then on nothing is missed.
    if not watched.poll(PATIENCE * 1000):
        raise TimeoutError("no welcome on IOPub")
    watched.recv_multipart()
    kernel.ask(kernel.shell, "execute_request", {"code": "x = 1\nfew = load shapes train=40 test=10 size=16"})
    start = time.monotonic()
    due = sorted(chance.randrange(count) for _ in range(interrupts))
    waiting, answered, resident, statuses = {}, 0, {}, {}
    idles, problem, sent = 0, None, 0
    while answered < count:
        # A few at a time, as "run all" does.
        while sent < count and len(waiting) < 5:
            waiting[kernel.send(kernel.shell, "execute_request", {"code": chance.choice(CELLS), "stop_on_error": False})] = sent
            sent += 1
        if due and answered >= due[0]:
            due.pop(0)
            time.sleep(chance.random() * 0.02)
            if kernel.ask(kernel.control, "interrupt_request") is None:
                problem = "an interrupt was not answered"
                break
        reply = kernel.reply(kernel.shell, PATIENCE)
        if reply is None:
            problem = f"{len(waiting)} cells were not answered"
            break
        if waiting.pop(reply[0], None) is not None:
            answered += 1
            name = reply[1].get("ename", "ok")
            statuses[name] = statuses.get(name, 0) + 1
            # Loaded once everything has been used: fonts, workers, the page of help.
            if answered in (count // 5, count * 2 // 5, count * 3 // 5, count * 4 // 5, count):
                resident[answered] = round(kernel.resident(), 1)
        while watched.poll(0):
            idles += b'"execution_state":"idle"' in watched.recv_multipart()[-1].replace(b" ", b"")
    end = time.monotonic() + PATIENCE
    while idles < sent and time.monotonic() < end:
        if watched.poll(200):
            idles += b'"execution_state":"idle"' in watched.recv_multipart()[-1].replace(b" ", b"")
    watched.close()
    status, log = kernel.end()
    numbers = list(resident.values())
    growth = (max(numbers[1:]) - numbers[0]) / numbers[0] if len(numbers) > 1 else 0
    held = problem is None and status == 0 and idles >= sent and (growth < 0.05 or count < 5000)
    print(json.dumps({"cells": count, "interrupts": interrupts, "seed": seed, "answers": statuses, "idles": idles,
                      "resident_mb": numbers, "growth": round(growth, 3), "seconds": round(time.monotonic() - start, 1),
                      "held": held}))
    if not held:
        print(f"{problem}; exit status {status}; {idles} idles for {sent} cells\n{log}", file=sys.stderr)
    return held


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["fuzz", "cells"])
    parser.add_argument("--count", type=int, help="inputs (100,000) or cells (20,000)")
    parser.add_argument("--interrupts", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.what == "fuzz":
        sys.exit(not fuzz(options.count or 100_000, options.seed))
    sys.exit(not cells(options.count or 20_000, options.interrupts, options.seed))
