import Base

/// A file of definitions, which `use` reads.
struct DefinitionFile {
  let source: Source
  let program: Program
  /// Definitions of the file, and of files that it uses, without what they do.
  let definitions: [Definition]
  private static let (most, mostFiles) = (1 << 20, 16)

  /// Throws the fault of a file that cannot be read, at `range`, or of its text, in that.
  /// - Parameters:
  ///   - vocabulary: nil where only the heads are wanted.
  ///   - files: how many files use one another to here.
  init(
    _ path: String, at range: SourceRange, parsedWith vocabulary: Vocabulary? = nil, files: Int = 0
  ) throws(Fault) {
    guard files < DefinitionFile.mostFiles else {
      throw Fault(
        .failed, "\(path) is used by a file that it uses itself.", at: range,
        advice: "Let one of the two go without the other.")
    }
    let bytes: [UInt8]
    do throws(FileError) {
      bytes = try WholeFile.read(expandedPath(path), most: DefinitionFile.most)
    } catch {
      throw Fault(DefinitionFile.problem(error, path), at: range)
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Fault(.badValue, "\(path) is no text.", at: range, advice: "Name a file of definitions.")
    }
    source = Source(text, name: path)
    do throws(Fault) {
      let (tokens, comments) = Lexer.tokens(of: source)
      let heads = DefinitionHead.definitions(in: source, tokens, comments: comments, files: files + 1)
      definitions = heads.known
      if let fault = heads.fault { throw fault }
      guard let vocabulary else {
        program = Program(statements: [], isSilent: true, vocabulary: Vocabulary([]))
        return
      }
      program = try Parser.parse(source, vocabulary: vocabulary)
      try Checker(vocabulary: program.vocabulary).check(program)
      for statement in program.statements {
        guard case .call(let call)? = statement.value?.form,
          call.command is Command<DefineOptions> || call.command is Command<UseOptions>
        else {
          throw Fault(
            .syntax, "A file of definitions holds nothing else.", at: statement.range,
            advice: "Put it into a cell, or into a `define`.")
        }
      }
    } catch {
      var fault = error
      if fault.source == nil {
        fault.source = source
        fault.call = range
        let line = source.line(at: fault.range.lower).number
        fault.problem.message = "In \(path), line \(line): \(fault.problem.message)"
      }
      throw fault
    }
  }

  private static func problem(_ error: FileError, _ path: String) -> Problem {
    do { try FilePath(path).mustExist() } catch { return error as? Problem ?? Problem("\(error)") }
    let reason =
      switch error {
      case .unreadable(_, let system), .unwritable(_, let system): system.reason
      }
    return Problem("Cannot read \(path): \(reason).", kind: .badValue)
  }
}
