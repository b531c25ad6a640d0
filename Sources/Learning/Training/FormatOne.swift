import Base

/// The history as cards of model files of format 1 held it.
enum FormatOne {
  struct Step: Codable, Sendable {
    let loss: Double
    let top1: Double
    let rate: Double

    var step: History.Step { History.Step(loss: loss, rate: rate, metrics: [top1]) }
  }

  struct Epoch: Codable, Sendable {
    let number: Int
    let loss: Double
    let top1: Double
    let seconds: Double
    let imagesPerSecond: Double
    var waited: Double?
    var rate: Double?
    var stepsSoFar: Int?

    var epoch: History.Epoch {
      History.Epoch(
        number: number, loss: loss, metrics: [top1], seconds: seconds, imagesPerSecond: imagesPerSecond,
        waited: waited, rate: rate, stepsSoFar: stepsSoFar)
    }
  }

  struct Measurement: Codable, Sendable {
    struct Reading: Codable, Sendable {
      let name: String
      let value: Double
      let chance: Double?
    }

    let epoch: Int
    let readings: [Reading]
    let seconds: Double

    var measurement: History.Measurement {
      History.Measurement(
        epoch: epoch, readings: readings.map { .init(.named($0.name), $0.value, chance: $0.chance) },
        seconds: seconds)
    }
  }
}
