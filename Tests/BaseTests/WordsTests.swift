import Base
import Testing

@Suite("Words of messages") struct InputWordsTests {
  @Test("a noun agrees with its count") func counts() {
    #expect(
      counted(1, "row") == "1 row" && counted(0, "row") == "0 rows" && counted(12_000, "row") == "12,000 rows"
    )
    #expect(
      counted(2, "class") == "2 classes" && counted(2, "box") == "2 boxes"
        && counted(2, "batch") == "2 batches")
    #expect(counted(2, "query") == "2 queries" && counted(3, "row of numbers") == "3 rows of numbers")
    #expect(counted(-1_234, "key") == "-1,234 keys")
    #expect(grouped(-1_234_567) == "-1,234,567" && grouped(Int.min) == "-9,223,372,036,854,775,808")
    #expect(thereAre(0, "row") == "there are no rows")
    #expect(thereAre(1, "row") == "there is 1 row" && thereAre(3, "row") == "there are 3 rows")
  }

  @Test("what would do, in words") func ranges() {
    #expect(use("k", from: 1, to: 0) == nil && use("k", from: 1, to: 1) == "use k=1")
    #expect(
      use("k", from: 1, to: 2) == "use k=1 or k=2" && use("k", from: 1, to: 5_000) == "use k from 1 to 5,000")
  }

  @Test("numbers as one types them") func numbers() {
    #expect(written(Float(50)) == "50" && written(Float(0.1)) == "0.1" && written(-3.0) == "-3")
    #expect(written(Double.nan) == "not a number" && written(-Float.infinity) == "-infinity")
  }

  @Test(
    "articles and plurals",
    arguments: [
      ("number", "a number", "numbers"), ("encoder", "an encoder", "encoders"),
      ("images", "images", "images"),
      ("text", "text", "texts"), ("whole number", "a whole number", "whole numbers"),
      ("history", "a history", "histories"),
      ("list of whole numbers", "a list of whole numbers", "lists of whole numbers"),
      ("axis", "an axis", "axes"),
      ("one of adam or sgd", "one of adam or sgd", "one of adam or sgd"),
      ("any value", "any value", "values"), ("true or false", "true or false", "true or false"),
      ("embedding or images", "an embedding or images", "embedding or images"),
    ])
  func grammar(_ word: String, _ one: String, _ many: String) {
    #expect(withArticle(word) == one)
    #expect(plural(word) == many)
  }

  @Test("lists in a sentence, whole or their beginning") func lists() {
    #expect(listed([]) == "" && listed(["adam"]) == "adam" && listed(["a", "b", "c"]) == "a, b or c")
    #expect(listed(["a", "b"], last: "and") == "a and b")
    #expect(firstFew(["a", "b", "c"], most: 2) == "a, b, …" && firstFew(["a", "b"], most: 2) == "a, b")
  }

  @Test("sizes in the unit that suits them") func sizes() {
    #expect(sized(900) == "1 kB" && sized(949_400_000) == "949 MB" && sized(6_930_000_000) == "6.9 GB")
  }
}
