import Base
import Language

enum ListMachines {
  static let command = Command(
    name: "machines",
    summary:
      "The processes that train together: their machines, cores, and how long they waited for one another.",
    details: """
      `mpirun -n 4 contrast run FILE` starts four processes that run the same cells; without it there is one. A training with chunk= divides the \
      chunks of each step among them. `waited` is the share of the time in cells, before this one, that a process waited for the others.
      """,
    gives: "table", group: "Session", examples: ["machines"]
  ) { context in
    let alone = [
      TeamMember(host: "this machine", version: Version.current, cores: context.run().workers.count)
    ]
    let members = context.session.team?.members ?? alone
    return TableValue(
      columns: ["process", "machine", "cores", "waited"],
      rows: members.enumerated().map { number, member in
        [
          .number(Double(number + 1)), .text(member.host), .number(Double(member.cores)),
          member.seconds > 0 ? .number(member.waited / member.seconds) : .missing,
        ]
      })
  }
}
