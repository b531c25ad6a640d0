import ArgumentParser
import Commands

struct Manual: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print the reference manual as Markdown: the grammar and every command.")

  @Flag(help: "Print the words of the language instead, as highlighters want them.")
  var words = false

  func run() { print(words ? Verbs.wordList : Verbs.manual) }
}
