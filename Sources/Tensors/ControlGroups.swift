import Base

/// The control groups that the process belongs to, as far as they can be seen from it.
///
/// A limit may be set on the process's own group or on any above it, and in a container the path that the kernel names may
/// lie outside what is mounted: so a group's folder and all folders above it, up to the mount, are looked at.
package struct ControlGroups {
  /// Prefix of `/proc` and the mounts: "" on a machine, a folder in tests.
  let root: String
  /// Folders of each kind, the process's own group first, the mount last.
  package private(set) var unified: [String] = []
  private(set) var memory: [String] = []
  private(set) var cpu: [String] = []

  package init(root: String = "") {
    self.root = root
    let mounts = SystemFile.lines(of: root + "/proc/self/mountinfo").compactMap(Mount.init)
    for line in SystemFile.lines(of: root + "/proc/self/cgroup") {
      // "4:memory:/job/step", and "0::/job/step" for version 2.
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 3 else { continue }
      let kinds = parts[1].split(separator: ",").map(String.init)
      if parts[1].isEmpty {
        unified = mounts.first { $0.kind == "cgroup2" }.map { folders($0, path: parts[2]) } ?? []
      }
      for (kind, list) in [("memory", \ControlGroups.memory), ("cpu", \.cpu)] where kinds.contains(kind) {
        let mount = mounts.first { $0.kind == "cgroup" && $0.options.contains(kind) }
        self[keyPath: list] = mount.map { folders($0, path: parts[2]) } ?? []
      }
    }
  }

  private struct Mount {
    let root: String
    let point: String
    let kind: String
    let options: [String]

    /// "32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu"
    init?(_ line: String) {
      let words = line.split(separator: " ").map(String.init)
      guard let dash = words.firstIndex(of: "-"), dash >= 5, words.count > dash + 1 else { return nil }
      root = words[3]
      point = words[4]
      kind = words[dash + 1]
      options = words.count > dash + 3 ? words[dash + 3].split(separator: ",").map(String.init) : []
    }
  }

  /// The folders from the group `path` up to the mount.
  private func folders(_ mount: Mount, path: String) -> [String] {
    var names = path.split(separator: "/").map(String.init)
    let above = mount.root.split(separator: "/").map(String.init)
    // Names of groups above the mount are not below it; "..", a group outside the namespace, cannot be followed.
    if names.starts(with: above) {
      names.removeFirst(above.count)
    } else if !above.contains("..") {
      names = []
    }
    if names.contains("..") { names = [] }
    return (0...names.count).reversed().map {
      ([root + mount.point] + names.prefix($0)).joined(separator: "/")
    }
  }
}
