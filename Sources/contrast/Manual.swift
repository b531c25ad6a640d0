import ArgumentParser
import Commands

struct Manual: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print the reference manual as Markdown: the grammar and every command.")

  func run() { print(Verbs.manual) }
}
