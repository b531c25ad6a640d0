import ArgumentParser
import Commands
import Language

struct Manual: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print the reference manual as Markdown: the grammar and every command.")

  func run() { print(Verbs.vocabulary.manual()) }
}
