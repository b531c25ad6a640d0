import Base
import FrontEnd
import Glibc
import Language

/// Kind of a control: the values it offers, and its look.
protocol ControlKind {
  /// Description for sessions without widgets: "a slider from 0.05 to 1".
  var description: String { get }

  /// Opens the model of its widget.
  func model(label: String, value: any Value, in console: any Console) -> WidgetModel

  /// The members of the state that hold the value.
  func state(of value: any Value) -> [String: JSON]

  /// The value that a front end chose; nil where it chose nothing that can be.
  func value(in changes: [String: JSON]) -> (any Value)?

  /// The value that a name holds already, as far as it can be chosen here.
  func fitting(_ value: any Value) -> (any Value)?
}

/// A number between two ends.
struct SliderKind: ControlKind {
  let from: Double
  let to: Double
  let step: Double
  let isLogarithmic: Bool

  private var isWhole: Bool {
    !isLogarithmic && [from, to, step].allSatisfy { $0 == $0.rounded() && abs($0) < 1e9 }
  }

  var description: String { "a slider from \(Number(from).summary) to \(Number(to).summary)" }

  /// The nearest number that the slider can show.
  func rounded(_ number: Double) -> Number {
    let inside = min(max(number, from), to)
    let steps = ((inside - from) / step).rounded()
    let exact = isLogarithmic ? inside : min(to, from + steps * step)
    // 0.05 + 3 · 0.01 shall be 0.08, not 0.08000000000000002.
    return Number(Double(NumberText.rounded(exact, digits: isLogarithmic ? 4 : 12)) ?? exact)
  }

  func model(label: String, value: any Value, in console: any Console) -> WidgetModel {
    var state: [String: JSON] = [
      "description": .string(label), "continuous_update": true, "disabled": false, "readout": true,
      "orientation": "horizontal", "behavior": "drag-tap",
    ]
    state.merge(self.state(of: value)) { $1 }
    if isLogarithmic {
      let (low, high) = (log10(from), log10(to))
      state.merge([
        "base": 10, "min": .double(low), "max": .double(high), "step": .double((high - low) / 100),
        "readout_format": ".3g",
      ]) { $1 }
      return WidgetModel(
        "FloatLogSlider", style: "SliderStyle", layout: ["width": "30em"], state, in: console)
    }
    if isWhole {
      state.merge([
        "min": .int(Int(from)), "max": .int(Int(to)), "step": .int(Int(step)), "readout_format": "d",
      ]) { $1 }
      return WidgetModel("IntSlider", style: "SliderStyle", layout: ["width": "30em"], state, in: console)
    }
    let places = min(8, max(0, Int((-log10(step) - 1e-9).rounded(.up))))
    state.merge([
      "min": .double(from), "max": .double(to), "step": .double(step),
      "readout_format": .string(".\(places)f"),
    ]) { $1 }
    return WidgetModel("FloatSlider", style: "SliderStyle", layout: ["width": "30em"], state, in: console)
  }

  func state(of value: any Value) -> [String: JSON] {
    let number = (value as? Number)?.value ?? from
    return ["value": isWhole ? .int(Int(number)) : .double(number)]
  }

  func value(in changes: [String: JSON]) -> (any Value)? {
    guard let number = changes["value"]?.double, number.isFinite else { return nil }
    return rounded(number)
  }

  func fitting(_ value: any Value) -> (any Value)? {
    guard let number = value as? Number, number.value >= from, number.value <= to else { return nil }
    return number
  }
}

/// One of several values.
struct ChoiceKind: ControlKind {
  let values: [any Value]

  private var labels: [String] { values.map { ($0 as? Text)?.text ?? $0.summary } }

  var description: String { "a choice of " + firstFew(labels, most: 8) }

  /// Few short ones stand side by side, others in a list that opens.
  func model(label: String, value: any Value, in console: any Console) -> WidgetModel {
    var state: [String: JSON] = [
      "description": .string(label), "disabled": false, "_options_labels": .array(labels.map(JSON.string)),
    ]
    state.merge(self.state(of: value)) { $1 }
    if labels.count <= 6, labels.reduce(0, { $0 + $1.count + 4 }) <= 60 {
      state.merge(["button_style": "", "icons": [], "tooltips": []]) { $1 }
      return WidgetModel("ToggleButtons", style: "ToggleButtonsStyle", state, in: console)
    }
    return WidgetModel("Dropdown", style: "DescriptionStyle", state, in: console)
  }

  func place(of value: any Value) -> Int? {
    values.firstIndex { $0.typeName == value.typeName && $0.summary == value.summary }
  }

  func state(of value: any Value) -> [String: JSON] { ["index": .int(place(of: value) ?? 0)] }

  func value(in changes: [String: JSON]) -> (any Value)? {
    guard let number = changes["index"]?.double, let index = Int(exactly: number),
      values.indices.contains(index)
    else { return nil }
    return values[index]
  }

  func fitting(_ value: any Value) -> (any Value)? { place(of: value).map { values[$0] } }
}

/// A button, whose value is the number of times it was pressed.
struct ButtonKind: ControlKind {
  var description: String { "a button" }

  func model(label: String, value: any Value, in console: any Console) -> WidgetModel {
    WidgetModel(
      "Button", style: "ButtonStyle", layout: ["width": "max-content"],
      ["description": .string(label), "disabled": false, "button_style": "", "icon": "", "tooltip": .null],
      in: console)
  }

  func state(of value: any Value) -> [String: JSON] { [:] }
  func value(in changes: [String: JSON]) -> (any Value)? { nil }
  func fitting(_ value: any Value) -> (any Value)? { nil }
}
