"""Stepping through cells as JupyterLab asks for it: debug requests on control, events on IOPub, in the order of JupyterLab's own debugger."""
import itertools

import pytest
from test_kernel import (  # noqa: F401, fixtures are used by their names
    PATIENCE, client, interrupt, kernel, outputs_of, reply_on_control, run, story)

LOOP = """total = 0
for i in 0..<3 {
  total = total + i

}
total"""


class Debugger:
    """A scripted JupyterLab."""

    def __init__(self, client):
        self.client = client
        self.sequence = itertools.count(1)
        self.seen = []

    def try_to(self, command, **arguments):
        content = {"type": "request", "seq": next(self.sequence), "command": command, "arguments": arguments}
        reply = reply_on_control(self.client, "debug_request", content)[1]["content"]
        assert reply["command"] == command and reply["request_seq"] == content["seq"]
        return reply

    def ask(self, command, **arguments):
        reply = self.try_to(command, **arguments)
        assert reply["success"], reply
        return reply["body"]

    def refused(self, command, **arguments):
        reply = self.try_to(command, **arguments)
        assert not reply["success"]
        return reply["message"]

    def begin(self):
        self.info = self.ask("debugInfo")
        assert not self.info["isStarted"]
        self.filters = self.ask("initialize", clientID="jupyterlab", linesStartAt1=True)["exceptionBreakpointFilters"]
        self.ask("attach")
        return self

    def breakpoints(self, code, *lines):
        path = self.ask("dumpCell", code=code)["sourcePath"]
        found = self.ask("setBreakpoints", source={"path": path}, breakpoints=[{"line": line} for line in lines],
                         sourceModified=False)["breakpoints"]
        return path, found

    def event(self, name):
        while True:
            message = self.client.get_iopub_msg(timeout=PATIENCE)
            self.seen.append(message)
            if message["msg_type"] == "debug_event" and message["content"]["event"] == name:
                return message["content"]["body"]

    def halt(self):
        """The line, the names of the frames, and the variables of each scope of the innermost."""
        body = self.event("stopped")
        frames = self.ask("stackTrace", threadId=body["threadId"])["stackFrames"]
        scopes = self.ask("scopes", frameId=frames[0]["id"])["scopes"]
        self.scopes = {scope["name"]: {variable["name"]: variable for variable in self.parts(scope)} for scope in scopes}
        self.frames = frames
        return body["reason"], frames[0]["line"], [frame["name"] for frame in frames]

    def parts(self, variable):
        return self.ask("variables", variablesReference=variable["variablesReference"])["variables"]

    def value(self, name, scope="Globals"):
        return self.scopes[scope][name]["value"]

    def go(self, command="continue"):
        self.ask(command, threadId=1)


@pytest.fixture
def debugger(client):
    return Debugger(client).begin()


def results(outputs):
    return [output["content"]["data"]["text/plain"] for output in outputs if output["msg_type"] == "execute_result"]


def ended(debugger, cell):
    reply = debugger.client.get_shell_msg(timeout=PATIENCE)
    assert reply["parent_header"]["msg_id"] == cell
    return reply["content"]


def test_a_cell_halts_in_a_loop_and_goes_on(debugger, client):
    path, found = debugger.breakpoints(LOOP, 3)
    assert path.startswith(debugger.info["tmpFilePrefix"]) and path.endswith(debugger.info["tmpFileSuffix"])
    assert found[0]["verified"] and found[0]["line"] == 3
    cell = client.execute(LOOP)
    for turn, total in enumerate([0, 0, 1]):
        assert debugger.halt() == ("breakpoint", 3, ["cell"])
        assert debugger.frames[0]["source"]["path"] == path
        assert debugger.value("i") == str(turn) and debugger.value("total") == str(total)
        assert debugger.ask("debugInfo")["stoppedThreads"] == [1]
        debugger.go()
        debugger.event("continued")
    assert ended(debugger, cell)["status"] == "ok"
    assert debugger.ask("debugInfo")["stoppedThreads"] == []
    assert results(outputs_of(client, cell)) == ["3"]


def test_steps_go_over_into_and_out_of_definitions(debugger, client):
    define = "define twice x {\n  y = x + x\n  y\n}"
    assert run(client, define)[0]["status"] == "ok"
    code = "a = twice 2\nb = twice a\nb"
    debugger.breakpoints(code, 1)
    cell = client.execute(code)
    assert debugger.halt()[:2] == ("breakpoint", 1)
    debugger.go("next")
    assert debugger.halt() == ("step", 2, ["cell"])
    debugger.go("stepIn")
    assert debugger.halt() == ("step", 2, ["twice", "cell"])
    assert debugger.value("x", "Locals") == "4" and debugger.value("a") == "4" and "a" not in debugger.scopes["Locals"]
    assert debugger.ask("source", source={"path": debugger.frames[0]["source"]["path"]})["content"] == define
    debugger.go("next")
    assert debugger.halt()[1] == 3 and debugger.value("y", "Locals") == "8"
    debugger.ask("copyToGlobals", srcVariableName="y", dstVariableName="kept", srcFrameId=debugger.frames[0]["id"])
    debugger.go("stepOut")
    assert debugger.halt() == ("step", 3, ["cell"])
    debugger.go()
    assert ended(debugger, cell)["status"] == "ok"
    assert results(run(client, "kept")[1]) == ["8"]


def test_a_breakpoint_holds_within_a_definition(debugger, client):
    define = "define twice x {\n  y = x + x\n  y\n}"
    run(client, define)
    assert debugger.breakpoints(define, 3)[1][0] == {
        "id": 1, "verified": True, "line": 3, "source": {"path": debugger.breakpoints(define, 3)[0]}}
    cell = client.execute("twice 3")
    assert debugger.halt() == ("breakpoint", 3, ["twice", "cell"])
    debugger.go()
    assert ended(debugger, cell)["status"] == "ok"


def test_breakpoints_move_to_a_statement_or_say_that_there_is_none(debugger):
    assert [point["line"] for point in debugger.breakpoints(LOOP, 4)[1]] == [6]
    found = debugger.breakpoints("x = 1\n\n# nothing", 2, 1)[1]
    assert [point["verified"] for point in found] == [False, True] and "No statement" in found[0]["message"]
    assert not debugger.breakpoints("x = = 1", 1)[1][0]["verified"]
    continued = "x = [1,\n  2]\ny = 1"
    assert debugger.breakpoints(continued, 2)[1][0]["line"] == 1
    assert debugger.breakpoints("", 1)[1][0]["verified"] is False


def test_a_cell_halts_where_an_error_arises(debugger, client):
    debugger.ask("setExceptionBreakpoints", filters=[debugger.filters[0]["filter"]])
    cell = client.execute("x = 1\nfor i in 0..<3 {\n  if i == 1 { x = [1][i] }\n}")
    assert debugger.halt() == ("exception", 3, ["cell"])
    assert debugger.value("i") == "1"
    assert "position 1" in debugger.ask("exceptionInfo", threadId=1)["description"]
    debugger.go()
    assert ended(debugger, cell)["status"] == "error"
    debugger.ask("setExceptionBreakpoints", filters=[])
    assert run(client, "[1][1]")[0]["status"] == "error"


def test_an_interrupt_ends_a_cell_that_is_held(debugger, client):
    debugger.breakpoints(LOOP, 3)
    cell = client.execute(LOOP)
    debugger.halt()
    interrupt(client)
    assert ended(debugger, cell)["ename"] == "Interrupted"
    debugger.event("continued")
    assert "no cell is held" in debugger.refused("next", threadId=1)
    assert results(run(client, "total")[1]) == ["0"]


def test_the_end_of_debugging_lets_the_cell_run_on(debugger, client):
    debugger.breakpoints(LOOP, 3)
    cell = client.execute(LOOP)
    debugger.halt()
    debugger.ask("disconnect", restart=False, terminateDebuggee=False)
    assert ended(debugger, cell)["status"] == "ok"
    assert not debugger.ask("debugInfo")["isStarted"]
    assert run(client, LOOP)[0]["status"] == "ok"


def test_a_second_debugger_is_refused_and_told_why(debugger, kernel):
    other = kernel[0].client()
    # Clients of one manager share its session; another program has its own.
    other.session = type(other.session)(key=other.session.key)
    other.start_channels()
    try:
        second = Debugger(other)
        assert second.ask("debugInfo")["isStarted"]
        assert "another client" in second.refused("initialize")
        debugger.ask("disconnect")
        second.begin()
    finally:
        other.stop_channels()


def test_unknown_and_broken_requests_are_refused(debugger, client):
    assert "does not know" in debugger.refused("readMemory")
    assert "no cell is held" in debugger.refused("stackTrace", threadId=1)
    assert "no such frame" in debugger.refused("scopes", frameId=99)
    assert "no such variable" in debugger.refused("variables", variablesReference=12345)
    assert "code" in debugger.refused("dumpCell")
    assert "source.path" in debugger.refused("setBreakpoints", breakpoints=[])
    for wrong in (None, [], 3, "x", {"command": 3}, {"command": "setBreakpoints", "arguments": 3}):
        reply_on_control(client, "debug_request", wrong if isinstance(wrong, dict) else {"command": wrong})
    assert "no source" in debugger.refused("source", source={"path": "/etc/passwd"})
    assert run(client, "1")[0]["status"] == "ok"


def test_requests_before_the_start_are_refused(client):
    debugger = Debugger(client)
    assert "initialize" in debugger.refused("setBreakpoints", source={"path": "x"}, breakpoints=[])
    run(client, "x = 3")
    assert [variable["value"] for variable in debugger.ask("inspectVariables")["variables"] if variable["name"] == "x"] == ["3"]
    assert debugger.ask("richInspectVariables", variableName="x")["data"]["text/plain"] == "3"
    assert debugger.ask("richInspectVariables", variableName="none")["data"] == {}


def test_pictures_matrices_and_models_are_looked_at(debugger, client):
    code = "few = load shapes train=20 test=10 size=16\nm = matrix [[1, 2], [3, 4]]\nmodel = simclr (cnn width=4 size=16) head=[8]\ndone = 1"
    debugger.breakpoints(code, 4)
    cell = client.execute(code)
    debugger.halt()
    frame = debugger.frames[0]["id"]
    assert "image/png" in debugger.ask("richInspectVariables", variableName="few", frameId=frame)["data"]
    assert "text/html" in debugger.ask("richInspectVariables", variableName="m", frameId=frame)["data"]
    assert [part["value"] for part in debugger.parts(debugger.scopes["Globals"]["m"]) if part["name"] == "[1]"] == ["[3, 4]"]
    layers = {part["name"]: part for part in debugger.parts(debugger.scopes["Globals"]["model"])}["layers"]
    assert any("convolution" in layer["value"] for layer in debugger.parts(layers))
    debugger.go()
    assert ended(debugger, cell)["status"] == "ok"


def test_an_order_to_end_ends_a_kernel_that_is_held(debugger, kernel):
    manager, client = kernel
    debugger.breakpoints(LOOP, 3)
    client.execute(LOOP)
    debugger.halt()
    reply_on_control(client, "shutdown_request", {"restart": False})
    manager.provisioner.process.wait(timeout=PATIENCE)


STEP = "few = load shapes train=20 test=10 size=16\nmodel = simclr (cnn width=4 size=16) head=[8]\ns = step model on=few batch=4\ns.loss"


def test_a_step_of_training_is_walked_through_and_changes_nothing(debugger, client):
    debugger.breakpoints(STEP, 3)
    cell = client.execute(STEP)
    debugger.halt()
    debugger.go("stepIn")
    names = []
    while debugger.halt()[2] == ["step", "cell"]:
        names.append(list(debugger.scopes["Locals"]))
        frame = debugger.frames[0]["id"]
        if names[-1][-1] == "views":
            assert "image/png" in debugger.ask("richInspectVariables", variableName="views", frameId=frame)["data"]
        if names[-1][-1] == "z":
            assert debugger.value("z", "Locals") == "matrix: 8×8, z"
            assert len(debugger.parts(debugger.scopes["Locals"]["z"])) == 3 + 8
        debugger.go("next")
    everything = ["views", "h", "z", "similarities", "gradient", "gradients", "update"]
    assert names == [everything[:1], everything[:2], everything[:3], everything[:4], everything[:6], everything]
    assert debugger.frames[0]["line"] == 4
    debugger.go()
    assert ended(debugger, cell)["status"] == "ok"
    held = results(outputs_of(client, cell))
    debugger.ask("disconnect")
    assert results(run(client, STEP)[1]) == held, "the same bits as without a debugger"


def test_an_interrupt_before_the_update_leaves_the_model_as_it_was(debugger, client):
    debugger.breakpoints(STEP, 3)
    cell = client.execute(STEP)
    debugger.halt()
    debugger.go("stepIn")
    debugger.halt()
    while "gradient" not in debugger.scopes["Locals"]:
        debugger.go("next")
        debugger.halt()
    interrupt(client)
    assert ended(debugger, cell)["ename"] == "Interrupted"
    debugger.ask("disconnect")
    again = results(run(client, "(step model on=few batch=4).loss")[1])
    run(client, "model = simclr (cnn width=4 size=16) head=[8]")
    assert results(run(client, "(step model on=few batch=4).loss")[1]) == again
