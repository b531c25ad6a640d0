import Base
import Language
import Learning

extension LookingError: Worded {
  var words: InputError {
    let (attention, similarity) = (ShowAttention.command, ShowSimilarity.command)
    switch self {
    case .noAttention(let architecture):
      return InputError(
        "there is no attention in \(architecture): it is made of convolutions",
        option: attention.word(\.$model),
        advice:
          "see what makes two views alike to it: \(similarity.name) model \(similarity.word(\.$on))=images")
    case .block(let block, let count):
      return InputError(
        "there is no block \(block): \(thereAre(count, "block")), counted from 0",
        option: attention.word(\.block), advice: attention.use(\.block, from: 0, to: count - 1))
    case .noPlaces(let architecture):
      return InputError(
        "the representation of \(architecture) is no mean over places, so its similarity is no sum over them",
        option: similarity.word(\.$model),
        advice: "see where its class token looks: \(attention.name) model \(attention.word(\.$on))=images")
    }
  }
}
