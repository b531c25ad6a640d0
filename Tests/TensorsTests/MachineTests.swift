import Base
import Foundation
import Testing

import Tensors

/// A machine's `/proc` and control groups, as files.
private final class FakeMachine {
  let root = FileManager.default.temporaryDirectory.appendingPathComponent("contrast-\(UUID())").path

  init(_ files: [String: String]) throws {
    for (path, text) in files {
      let file = URL(fileURLWithPath: root + path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: root) }

  var groups: ControlGroups { ControlGroups(root: root) }
}

private let unified = "31 23 0:28 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"

@Suite("What the machine gives")
struct MachineTests {
  @Test("the least of a group's limit and those above it counts, without the file cache")
  func nestedGroups() throws {
    let machine = try FakeMachine([
      "/proc/self/cgroup": "0::/slurm/job_1/step_0\n", "/proc/self/mountinfo": unified,
      "/sys/fs/cgroup/slurm/memory.max": "9000\n", "/sys/fs/cgroup/slurm/memory.current": "1000\n",
      "/sys/fs/cgroup/slurm/job_1/memory.max": "5000\n",
      "/sys/fs/cgroup/slurm/job_1/memory.current": "1500\n",
      "/sys/fs/cgroup/slurm/job_1/memory.stat": "anon 900\ninactive_file 400\nactive_file 100\n",
      "/sys/fs/cgroup/slurm/job_1/step_0/memory.max": "max\n",
      "/sys/fs/cgroup/slurm/job_1/step_0/memory.current": "700\n",
      "/sys/fs/cgroup/slurm/job_1/cpu.max": "150000 100000\n",
      "/sys/fs/cgroup/slurm/job_1/step_0/cpu.max": "max 100000\n",
    ])
    #expect(machine.groups.unified.count == 4)
    #expect(MachineMemory.room(of: machine.groups) == 5000 - 1000)
    #expect(Cores.quota(of: machine.groups) == 1.5)
  }

  @Test("memory.high, from which on a process is held up, is a limit as well")
  func high() throws {
    let machine = try FakeMachine([
      "/proc/self/cgroup": "0::/a\n", "/proc/self/mountinfo": unified,
      "/sys/fs/cgroup/a/memory.max": "9000\n", "/sys/fs/cgroup/a/memory.high": "3000\n",
      "/sys/fs/cgroup/a/memory.current": "1000\n",
    ])
    #expect(MachineMemory.room(of: machine.groups) == 2000)
  }

  @Test(
    "groups of version 1, of which each kind has a tree of its own and names the limit of those out of sight")
  func version1() throws {
    let machine = try FakeMachine([
      "/proc/self/cgroup": "9:name=systemd:/\n4:memory:/job/step\n1:cpu,cpuacct:/job\n0::/\n",
      "/proc/self/mountinfo":
        "32 31 0:29 / /cg/cpu rw - cgroup cgroup rw,cpu,cpuacct\n35 31 0:32 / /cg/memory rw - cgroup cgroup rw,memory\n",
      "/cg/memory/memory.limit_in_bytes": "9223372036854771712\n",
      "/cg/memory/memory.usage_in_bytes": "99999\n",
      "/cg/memory/job/step/memory.limit_in_bytes": "8000\n",
      "/cg/memory/job/step/memory.usage_in_bytes": "3000\n",
      "/cg/memory/job/step/memory.stat": "inactive_file 500\nhierarchical_memory_limit 6000\n",
      "/cg/cpu/cpu.cfs_quota_us": "-1\n", "/cg/cpu/cpu.cfs_period_us": "100000\n",
      "/cg/cpu/job/cpu.cfs_quota_us": "50000\n", "/cg/cpu/job/cpu.cfs_period_us": "100000\n",
    ])
    #expect(MachineMemory.room(of: machine.groups) == 6000 - 2500)
    #expect(Cores.quota(of: machine.groups) == 0.5)
  }

  @Test(
    "in a container the mount itself is the group, whatever path is named",
    arguments: [
      ("/docker/abc", "/docker/abc"), ("/", "/"), ("/docker/abc", "/"), ("/../..", "/"), ("/", "/../x"),
    ])
  func container(root: String, path: String) throws {
    let machine = try FakeMachine([
      "/proc/self/cgroup": "0::\(path)\n",
      "/proc/self/mountinfo": "31 23 0:28 \(root) /sys/fs/cgroup ro - cgroup2 cgroup2 rw\n",
      "/sys/fs/cgroup/memory.max": "4000\n", "/sys/fs/cgroup/memory.current": "1000\n",
    ])
    #expect(MachineMemory.room(of: machine.groups) == 3000)
  }

  @Test("where no group has a limit, or the files are of another kind, nothing is limited")
  func unlimited() throws {
    for files in [
      [:],
      [
        "/proc/self/cgroup": "rubbish\n:::\n0::\n", "/proc/self/mountinfo": "rubbish - \n- - - -\n" + unified,
      ],
      [
        "/proc/self/cgroup": "0::/a\n", "/proc/self/mountinfo": unified,
        "/sys/fs/cgroup/a/memory.max": "max\n",
      ],
    ] {
      let machine = try FakeMachine(files)
      #expect(MachineMemory.room(of: machine.groups) == nil)
      #expect(Cores.quota(of: machine.groups) == nil)
    }
    #expect(try #require(MachineMemory.available) > 0)
    #expect(Cores.usable >= 1)
  }

  @Test("who asks for more than is free hears how much that is")
  func shortage() throws {
    try MachineMemory.$assumed.withValue(2_000_000_000) {
      try MachineMemory.ask(for: 2_000_000_000) { $0 }
      #expect(throws: MemoryShortage(needed: 6_940_000_000, available: 2_000_000_000)) {
        try MachineMemory.ask(for: 6_940_000_000) { $0 }
      }
    }
    #expect(MemoryShortage(needed: 1000, available: 350).fitting(of: 10) == 3)
    #expect(MemoryShortage(needed: 1000, available: 440).fitting(of: 10) == 3)
    #expect(MemoryShortage(needed: 1000, available: 50).fitting(of: 10) == nil)
  }

  @Test("the largest number that fits")
  func largest() {
    #expect(MachineMemory.largest(1...512, within: 2_000_000_000) { $0 * $0 * 30_000 } == 258)
    #expect(MachineMemory.largest(1...10, within: 0) { $0 } == nil)
    #expect(MachineMemory.largest(1...10, within: 99) { $0 } == 10)
  }
}
