import Base
import Jupyter

extension FuzzTarget {
  static let jupyter = [json, frames, notebook, script]

  /// What was read is written, and read again as the same.
  private static let json = FuzzTarget("json") {
    { bytes in
      let value = try JSON.parse(bytes)
      precondition(try! JSON.parse(value.serialized()) == value && JSON.parse(value.laidOut()) == value)
    }
  }

  /// Frames are set apart by a byte that UTF-8 has not.
  private static let frames = FuzzTarget("frames") {
    let unsigned = Wire(key: "", scheme: .sha256)
    let signed = Wire(key: "a key", scheme: .sha256)
    return { bytes in
      let frames = bytes.split(separator: 0xFF, omittingEmptySubsequences: false).map(Array.init)
      _ = signed.isSealed(frames)
      _ = try? signed.decode(frames)
      let message = try unsigned.decode(frames)
      let answer = signed.encode(
        "\(message.type)_reply", identities: message.identities, parent: message.header,
        metadata: message.metadata, content: message.content, buffers: message.buffers)
      let read = try! signed.decode(answer)
      precondition(read.parent == message.header && read.metadata == message.metadata)
      precondition(read.content == message.content && read.buffers == message.buffers)
    }
  }

  private static let notebook = FuzzTarget("notebook") {
    { bytes in
      var notebook = try Notebook(json: JSON.parse(bytes))
      let written = notebook.json
      precondition(try! Notebook(json: JSON.parse(written.laidOut())).json == written)
      notebook.injectParameters("rate = 1")
      precondition(Set(notebook.cells.map(\.id)).count == notebook.cells.count)
    }
  }

  private static let script = FuzzTarget("script") {
    { bytes in
      let text = String(decoding: bytes, as: UTF8.self)
      let notebook = Notebook(script: text)
      let lines = text.utf8.count { $0 == UInt8(ascii: "\n") } + 1
      precondition(notebook.cells.allSatisfy { (1...lines + 1).contains($0.line ?? 1) })
      precondition(try! Notebook(json: notebook.json).cells.count == notebook.cells.count)
    }
  }
}
