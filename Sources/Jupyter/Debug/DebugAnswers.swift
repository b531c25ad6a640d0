import Base
import FrontEnd

/// The answers to debug requests, in the order in which JupyterLab asks: `debugInfo` when a notebook opens; `initialize` and `attach` when
/// debugging begins; for each cell `dumpCell` and `setBreakpoints`; at a halt `stackTrace`, `scopes` and `variables`.
extension DebugSession {
  func answer(_ request: DebugRequest, of client: String) throws(DebugError) -> JSON {
    guard let debugger else { throw DebugError("this kernel has no debugger") }
    switch request.command {
    case "debugInfo": return info()
    case "initialize": return try initialize(client, debugger)
    case "inspectVariables": return inspect(debugger)
    case "richInspectVariables": return try richVariable(request, debugger)
    case "copyToGlobals": return try copyToGlobals(request)
    case "modules": return ["modules": [], "totalModules": 0]
    default: break
    }
    guard state.withLock({ $0.client != nil }) else {
      throw DebugError("\(request.command): nobody debugs here; send initialize first")
    }
    switch request.command {
    case "attach", "launch":
      debugger.attach()
      post("initialized", [:])
    case "configurationDone": break
    case "disconnect", "terminate": end()
    case "dumpCell": return ["sourcePath": .string(path(of: .cell(try request.argument("code"))))]
    case "setBreakpoints": return try setBreakpoints(request, debugger)
    case "setExceptionBreakpoints":
      let filters: JSON = try request.argument("filters")
      debugger.haltAtErrors(filters.array?.contains(.string(DebugSession.errors)) == true)
    case "source": return try text(request, debugger)
    case "threads": return threads()
    case "stackTrace": return try stackTrace(request)
    case "scopes": return try scopes(request)
    case "variables": return try variables(request)
    case "exceptionInfo":
      let held = try held(request)
      let error = held.halt.message.map(JSON.string) ?? .null
      return ["exceptionId": "error", "description": error, "breakMode": "always"]
    case "continue":
      try order(.resume, request)
      return ["allThreadsContinued": false]
    case "next": try order(.stepOver, request)
    case "stepIn": try order(.stepIn, request)
    case "stepOut": try order(.stepOut, request)
    case "pause": debugger.pause()
    case "evaluate":
      throw DebugError(
        "names can be looked at while a cell is held; run expressions in a cell once it has ended")
    default: throw DebugError("this debugger does not know \(request.command)")
    }
    return [:]
  }

  /// Name of the one filter of errors.
  private static let errors = "raised"

  private func info() -> JSON {
    state.withLock { state in
      let breakpoints = state.breakpoints.sorted { $0.key < $1.key }.map { path, lines -> JSON in
        ["source": .string(path), "breakpoints": .array(lines.map { ["line": .int($0)] })]
      }
      return [
        "isStarted": .bool(state.client != nil), "hashMethod": "Murmur2",
        "hashSeed": .int(Int(DebugSession.seed)), "tmpFilePrefix": .string(DebugSession.prefix),
        "tmpFileSuffix": .string(DebugSession.suffix), "breakpoints": .array(breakpoints),
        "stoppedThreads": .array(state.held.keys.sorted().map(JSON.int)), "richRendering": true,
        "exceptionPaths": ["Errors"], "copyToGlobals": true,
      ]
    }
  }

  private func initialize(_ client: String, _ debugger: any Debugger) throws(DebugError) -> JSON {
    let isFree = state.withLock { state in
      guard state.client == nil || state.client == client else { return false }
      state.client = client
      return true
    }
    guard isFree else {
      throw DebugError("another client debugs this kernel: end it there, or send disconnect, and begin again")
    }
    return [
      "supportsConfigurationDoneRequest": true, "supportsModulesRequest": false,
      "supportsExceptionInfoRequest": true, "supportsEvaluateForHovers": false,
      "supportsTerminateRequest": true,
      "exceptionBreakpointFilters": [
        [
          "filter": .string(DebugSession.errors), "label": "Errors", "default": false,
          "description": "Halt where an error arises, before the cell ends",
        ]
      ],
    ]
  }

  // MARK: - Sources

  private func setBreakpoints(_ request: DebugRequest, _ debugger: any Debugger) throws(DebugError) -> JSON {
    let path: String = try request.argument("source", "path")
    let listed: JSON = try request.argument("breakpoints")
    let lines = (listed.array ?? []).compactMap { $0["line"]?.int }
    let found = debugger.setBreakpoints(lines, in: source(at: path))
    let breakpoints = zip(lines, found).enumerated().map { number, pair -> JSON in
      var breakpoint: [String: JSON] = [
        "id": .int(number + 1), "verified": .bool(pair.1 != nil), "line": .int(pair.1 ?? pair.0),
        "source": ["path": .string(path)],
      ]
      if pair.1 == nil {
        breakpoint["message"] = "No statement stands here or below, or the code cannot be read."
      }
      return .object(breakpoint)
    }
    state.withLock { state in
      let verified = found.compactMap { $0 }
      state.breakpoints[path] = verified.isEmpty ? nil : verified
    }
    return ["breakpoints": .array(breakpoints)]
  }

  private func text(_ request: DebugRequest, _ debugger: any Debugger) throws(DebugError) -> JSON {
    let path: String = try request.argument("source", "path")
    guard let text = debugger.text(of: source(at: path)) else {
      throw DebugError("there is no source \(path)")
    }
    return ["content": .string(text), "mimeType": "text/x-contrast"]
  }

  // MARK: - Cells that are held

  private func held(_ request: DebugRequest) throws(DebugError) -> Held {
    let thread = request.arguments["threadId"]?.int
    let held = state.withLock { state in thread.flatMap { state.held[$0] } ?? state.held.first?.value }
    guard let held else { throw DebugError("\(request.command): no cell is held at present") }
    return held
  }

  private func order(_ order: HaltOrder, _ request: DebugRequest) throws(DebugError) {
    try held(request).order.give(order)
  }

  private func threads() -> JSON {
    let threads = state.withLock { $0.held.keys.sorted() }
    return [
      "threads": .array(
        threads.map { ["id": .int($0), "name": .string($0 == 1 ? "cells" : "subshell \($0 - 1)")] })
    ]
  }

  private func stackTrace(_ request: DebugRequest) throws(DebugError) -> JSON {
    let held = try held(request)
    let frames = held.halt.frames.enumerated().map { number, frame -> JSON in
      let path = path(of: frame.source)
      let name = path.split(separator: "/").last.map(String.init) ?? path
      return [
        "id": .int(held.firstFrame + number), "name": .string(frame.name), "line": .int(frame.line),
        "column": .int(frame.column), "source": ["path": .string(path), "name": .string(name)],
      ]
    }
    return ["stackFrames": .array(frames), "totalFrames": .int(frames.count)]
  }

  /// The frame of a number, of any cell that is held.
  private func frame(_ number: Int) -> DebugFrame? {
    state.withLock { state in
      for held in state.held.values where number >= held.firstFrame {
        let place = number - held.firstFrame
        if place < held.halt.frames.count { return held.halt.frames[place] }
      }
      return nil
    }
  }

  private func frame(_ request: DebugRequest, _ argument: String) throws(DebugError) -> DebugFrame {
    guard let frame = frame(try request.argument(argument)) else {
      throw DebugError("\(request.command): there is no such frame, the cell has run on")
    }
    return frame
  }

  private func scopes(_ request: DebugRequest) throws(DebugError) -> JSON {
    let scopes = try frame(request, "frameId").scopes.map { scope -> JSON in
      [
        "name": .string(scope.name), "variablesReference": .int(number(for: scope.variables)),
        "expensive": false,
      ]
    }
    return ["scopes": .array(scopes)]
  }

  // MARK: - Variables

  private func number(for variables: @escaping @Sendable () -> [DebugVariable]) -> Int {
    state.withLock { state in
      let number = state.nextNumber
      state.nextNumber += 1
      state.variables[number] = variables
      return number
    }
  }

  private func variables(_ request: DebugRequest) throws(DebugError) -> JSON {
    let reference: Int = try request.argument("variablesReference")
    guard let variables = state.withLock({ $0.variables[reference] }) else {
      throw DebugError("\(request.command): there is no such variable, the cell has run on")
    }
    return list(variables())
  }

  /// The variables with numbers for those that have parts. Their types are left out: JupyterLab shows a type in place of the value, but
  /// for the names of four of Python's types.
  private func list(_ variables: [DebugVariable]) -> JSON {
    let list = variables.map { variable -> JSON in
      [
        "name": .string(variable.name), "value": .string(variable.summary),
        "evaluateName": .string(variable.name),
        "variablesReference": .int(variable.children.map(number) ?? 0),
      ]
    }
    return ["variables": .array(list)]
  }

  private func inspect(_ debugger: any Debugger) -> JSON {
    state.withLock { if $0.held.isEmpty { $0.variables = [:] } }
    return list(debugger.globals)
  }

  private func richVariable(_ request: DebugRequest, _ debugger: any Debugger) throws(DebugError) -> JSON {
    let name: String = try request.argument("variableName")
    let frame = request.arguments["frameId"]?.int.flatMap(frame)
    let seen = frame?.scopes.flatMap { $0.variables() } ?? debugger.globals
    guard let variable = seen.first(where: { $0.name == name }) else {
      return ["data": [:], "metadata": [:]]
    }
    return .object(variable.rich().content)
  }

  private func copyToGlobals(_ request: DebugRequest) throws(DebugError) -> JSON {
    let (name, target): (String, String) = (
      try request.argument("srcVariableName"), try request.argument("dstVariableName")
    )
    let seen = try frame(request, "srcFrameId").scopes.flatMap { $0.variables() }
    guard let variable = seen.first(where: { $0.name == name }) else {
      throw DebugError("there is no name \(name) in this frame")
    }
    guard isName(target) else { throw DebugError("\(target) is no name") }
    if let reason = variable.assign(target) { throw DebugError(reason) }
    return ["value": .string(variable.summary), "variablesReference": 0]
  }

  private func isName(_ text: String) -> Bool {
    guard let first = text.first, first.isLetter || first == "_" else { return false }
    return text.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
  }
}
