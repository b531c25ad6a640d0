// Language: the small command language of Contrast. Lexer, parser with source ranges, values, the declaration of
// commands (from which parsing, defaults, checks, completion, inspection, help and the manual all follow),
// the evaluator, and diagnostics with a caret and the nearest known word.
//
// Language knows nothing of Jupyter and nothing of learning: commands and domain values come from outside, through
// `Command`, `Value` and `Host`.
//
// Start reading at `Parsing/Parser.swift`, then `Declarations/Command.swift`, then `Running/Evaluator.swift`.
