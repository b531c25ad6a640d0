import Base
import FoundationEssentials
import Glibc
import Jupyter
import Testing

@Suite("Kernelspecs")
struct KernelSpecTests {
  private func environment(_ variables: [String: String]) -> (String) -> String? { { variables[$0] } }

  @Test("a kernelspec is installed whole, found, replaced and removed")
  func install() throws {
    try withTemporaryDirectory { directory in
      let variables = environment(["JUPYTER_DATA_DIR": directory])
      let target = try KernelSpec.install(executable: "/bin/true", at: .user, environment: variables)
      #expect(target == "\(directory)/kernels/contrast")
      #expect(Files.list(target) == ["kernel.json", "logo-32x32.png", "logo-64x64.png", "logo-svg.svg"])
      let json = try JSON.parse(Files.read("\(target)/kernel.json"))
      #expect(json["argv"] == ["/bin/true", "kernel", "{connection_file}"])
      #expect(json["display_name"] == "Contrast")
      #expect(json["language"] == "contrast")
      #expect(json["interrupt_mode"] == "message")

      try KernelSpec.install(
        executable: "/bin/false", displayName: "Contrast (trial)", at: .user, environment: variables)
      #expect(Files.list("\(directory)/kernels") == ["contrast"])
      let found = KernelSpec.installed(environment: variables).filter { $0.directory.hasPrefix(directory) }
      #expect(found.map(\.directory) == [target])
      #expect(found.map(\.displayName) == ["Contrast (trial)"])
      #expect(found.map(\.executable) == ["/bin/false"])
      #expect(found.map(\.problem) == [nil])
      #expect(try KernelSpec.uninstall(environment: variables) == [target])
      #expect(!Files.exists(target))
      #expect(throws: InstallError.notInstalled(name: "contrast")) {
        try KernelSpec.uninstall(at: .user, environment: variables)
      }
    }
  }

  @Test("kernels of different names look different; one is called what it is asked to be called")
  func displayNames() throws {
    try withTemporaryDirectory { directory in
      let variables = environment(["JUPYTER_DATA_DIR": directory])
      func install(_ name: String, _ displayName: String? = nil) throws {
        try KernelSpec.install(
          executable: "/bin/true", name: name, displayName: displayName, at: .user, environment: variables)
      }
      try install("contrast")
      try install("contrast2")
      try install("three", "Contrast, newest")
      let found = KernelSpec.installed(environment: variables).filter { $0.directory.hasPrefix(directory) }
      #expect(found.map(\.displayName) == ["Contrast", "Contrast (contrast2)", "Contrast, newest"])
      for empty in ["", " \n"] {
        #expect(throws: InstallError.emptyDisplayName) { try install("four", empty) }
      }
      #expect(Files.list("\(directory)/kernels") == ["contrast", "contrast2", "three"])
    }
  }

  @Test("each place is where Jupyter looks")
  func places() throws {
    func directory(_ place: KernelSpec.Place, _ variables: [String: String]) throws -> String {
      try KernelSpec.kernelsDirectory(at: place, environment: environment(variables))
    }
    #expect(try directory(.user, ["HOME": "/h"]) == "/h/.local/share/jupyter/kernels")
    #expect(try directory(.user, ["HOME": "/h", "XDG_DATA_HOME": "/x"]) == "/x/jupyter/kernels")
    #expect(try directory(.user, ["JUPYTER_DATA_DIR": "/j", "XDG_DATA_HOME": "/x"]) == "/j/kernels")
    #expect(
      try directory(.environment, ["VIRTUAL_ENV": "/v", "CONDA_PREFIX": "/c"]) == "/v/share/jupyter/kernels")
    #expect(try directory(.environment, ["CONDA_PREFIX": "/c"]) == "/c/share/jupyter/kernels")
    #expect(try directory(.prefix("d"), [:]) == "d/share/jupyter/kernels")
    #expect(throws: InstallError.noEnvironment) { try directory(.environment, [:]) }
    #expect(throws: InstallError.noHome) { try directory(.user, [:]) }
    #expect(throws: InstallError.emptyPrefix) { try directory(.prefix(""), [:]) }
  }

  @Test(
    "a bad name, a missing program and a place that cannot be written are refused, and leave nothing behind")
  func refusals() throws {
    try withTemporaryDirectory { directory in
      for name in ["", "a b", "../x", "é", "."] {
        #expect(throws: InstallError.name(name)) {
          try KernelSpec.install(executable: "/bin/true", name: name, at: .prefix(directory))
        }
      }
      for executable in ["true", "/bin/no-such-program", "/bin"] {
        #expect(throws: InstallError.executable(executable)) {
          try KernelSpec.install(executable: executable, at: .prefix(directory))
        }
      }
      #expect(Files.list(directory) == [])
      try Files.write([1], to: "\(directory)/share")
      let kernel = "\(directory)/share/jupyter/kernels/contrast"
      #expect {
        try KernelSpec.install(executable: "/bin/true", at: .prefix(directory))
      } throws: {
        guard case .kernelSpec(directory: kernel, let reason)? = $0 as? InstallError else { return false }
        return reason.contains("\(directory)/share")
      }
    }
  }

  @Test("another kernel of the same name is left alone; broken ones are described")
  func others() throws {
    try withTemporaryDirectory { directory in
      let kernels = "\(directory)/kernels"
      let variables = environment(["JUPYTER_DATA_DIR": directory])
      for (name, text) in [
        ("contrast", #"{"argv":["python"],"language":"python"}"#), ("broken", "{"), ("empty", "{}"),
        ("gone", #"{"argv":["/bin/no-such-program"]}"#),
      ] {
        try Files.createDirectories("\(kernels)/\(name)")
        try Files.write(Array(text.utf8), to: "\(kernels)/\(name)/kernel.json")
      }
      #expect(throws: InstallError.otherKernel(directory: "\(kernels)/contrast", displayName: "contrast")) {
        try KernelSpec.uninstall(environment: variables)
      }
      #expect(Files.exists("\(kernels)/contrast/kernel.json"))
      let problems = KernelSpec.installed(environment: variables).filter { $0.directory.hasPrefix(kernels) }
      #expect(problems.map(\.name) == ["broken", "contrast", "empty", "gone"])
      #expect(problems.map { $0.problem == nil } == [false, true, false, false])
    }
  }

  @Test(
    "a program named from the folder of its kernelspec, as a wheel does it, is found in the wheel's own environment"
  )
  func wheel() throws {
    try withTemporaryDirectory { directory in
      let folder = "\(directory)/share/jupyter/kernels/contrast"
      try Files.createDirectories(folder)
      let spec =
        #"{"argv": ["{resource_dir}/../program", "kernel"], "display_name": "A", "language": "contrast"}"#
      try Files.write(Array(spec.utf8), to: "\(folder)/kernel.json")
      func found() -> [KernelSpec.Installed] {
        KernelSpec.installed(prefix: directory, environment: environment([:])).filter {
          $0.directory == folder
        }
      }
      #expect(found().map(\.problem) == ["\(folder)/../program is not there; install the kernel again"])
      try Files.write(Array("#!/bin/sh".utf8), to: "\(directory)/share/jupyter/kernels/program", mode: 0o755)
      #expect(found().map(\.executable) == ["\(folder)/../program"] && found().map(\.problem) == [nil])
      #expect(KernelSpec.installed(environment: environment([:])).allSatisfy { $0.directory != folder })
    }
  }

  @Test("the files in the program are those in the repository")
  func embedded() throws {
    let root = fixture("").components(upTo: "/Tests/")
    for (folder, files) in [
      ("kernelspec", KernelSpec.files), ("kernelspec/labextension", KernelSpec.highlighterFiles),
    ] {
      for file in files {
        let bytes = try Files.read("\(root)/\(folder)/\(file.name)")
        #expect(Data(base64Encoded: file.base64).map { [UInt8]($0) } == bytes, "run kernelspec/embed.py")
      }
    }
  }

  @Test("the highlighter lies beside the kernelspecs, and goes with the last of them")
  func highlighter() throws {
    try withTemporaryDirectory { directory in
      let variables = environment(["JUPYTER_DATA_DIR": directory])
      var targets: [String] = []
      for name in ["one", "two"] {
        targets.append(
          try KernelSpec.install(executable: "/bin/true", name: name, at: .user, environment: variables))
        let folder = try Highlighter.install(words: "{}", at: .user, environment: variables)
        #expect(folder == "\(directory)/labextensions/contrast-highlighter")
        #expect(Files.list(folder) == ["package.json", "static"])
        #expect(Files.list("\(folder)/static") == ["remoteEntry.js", "vocabulary.json"])
        let package = try JSON.parse(Files.read("\(folder)/package.json"))
        let load = try #require(package["jupyterlab"]?["_build"]?["load"]?.string)
        #expect(Files.exists("\(folder)/\(load)"))
        #expect(try Files.read("\(folder)/static/vocabulary.json") == Array("{}\n".utf8))
      }
      try Files.remove(targets[0])
      #expect(try Highlighter.uninstall(beside: targets[0]) == nil)
      try Files.remove(targets[1])
      #expect(
        try Highlighter.uninstall(beside: targets[1]) == "\(directory)/labextensions/contrast-highlighter")
      #expect(Files.list("\(directory)/labextensions") == [])
      #expect(try Highlighter.uninstall(beside: targets[1]) == nil)
    }
  }

  @Test("the running program is found")
  func executable() throws {
    let path = try #require(KernelSpec.currentExecutable())
    #expect(path.hasPrefix("/"))
    #expect(access(path, X_OK) == 0)
  }
}

extension String {
  /// What stands before the last `marker`.
  fileprivate func components(upTo marker: String) -> String {
    var end = endIndex
    while end > startIndex {
      if self[end...].hasPrefix(marker) { return String(self[..<end]) }
      end = index(before: end)
    }
    return self
  }
}
