/// The page of the manual that explains the language itself.
enum Grammar {
  static let page = #"""
    ## The language

    A cell is a list of statements, one a line. The value of the last one is shown; a `;` at the end hides it.

    ```contrast
    few     = sample cifar.train 5000 seed=42   # keep a value under a name
    model   = simclr resnet18 temperature=0.1   # a verb, what it acts on, options
    train model on=few epochs=20                # a command alone
    few.count / 2                               # an expression: its value is shown
    ```

    ### Commands

    A command is a verb, perhaps a second word for its kind (`load cifar10`, `plot loss`), then arguments by position and
    options as `name=value` in any order. An argument may be given by its name as well.

    - The value of an argument or an option is a number, text, a list, a range, a name with its members and indices, or
      **anything in parentheses**: `train model on=(sample few 1000) epochs=(2 * n)`.
    - A command in parentheses gives its value. A verb alone, in a list or where a value is wanted, runs with its
      defaults: `[crop, flip]`.
    - A name followed by a space and a bracket is two arguments, `name [1, 2]`; without the space it is an index, `name[1]`.
    - An option that has choices takes them as bare words, never as names of values: `optimizer=adam`. To take the choice from
      a name, write parentheses: `optimizer=(which)`. Where an option takes words and values (`augment=paper`), a name of
      yours wins over the word.
    - The next line continues a command if it is indented deeper and starts with an argument or `option=`:

    ```contrast
    train model
      on=few
      epochs=20
    ```

    - The condition of `check` has its operators without parentheses: `check few.count >= 128`.
    - Words of verbs that many give to values, such as `loss` and `sum`, may be names as well: they are the verb where something
      stands behind them that it takes.
    - Both spellings work where English has two: `colour` and `color`, `grey` and `gray`, `neighbours` and `neighbors`.

    ### Blocks of controls

    Behind `slider`, `choice` and `button` may stand a block in braces. It runs at once, and again whenever the control moves;
    what it shows is replaced in its place below the control:

    ```contrast
    slider temperature from=0.05 to=1 value=0.5 {
      choice count in=[4, 8, 16] {
        plot heatmap (similarity few[0..<count])
      }
    }
    ```

    The block is like that of `for`: the control's name holds its value, names assigned inside stay after it, and names from
    outside mean what they hold when it runs. A control inside the block joins the outer one, and whichever moves, the whole
    block runs again. An error is shown in the block's place, and the control stays alive. Without a block, the name holds what
    the control shows, for the cells that run after it. After the page was loaded anew, or the kernel restarted, run the cell again.

    ### Formulas

    The block behind `loss` is a formula: its names are its own, only calculations may stand in it, and its last value counts. The loss is kept
    under its name, and in parentheses with other settings: `(mine tau=0.2)`.

    ### Commands of your own

    `define` makes a command of a block, with a comment above it as its help. Names within it are its own: it sees what it is given, what it assigns and other
    definitions. Its value is that of its last line, or of `return`:

    ```contrast
    # The share of the elements of a list that another has too.
    define overlap a b {
      both = 0
      for x in a { for y in b { if x == y { both = both + 1 } } }
      both / a.count
    }
    overlap [1, 2, 3] [2, 3, 4]
    ```

    It can be used anywhere in its cell and in later ones, also in itself, and defined anew. `use "mine.contrast"` reads definitions from a file.

    ### Statements

    | statement | meaning |
    |---|---|
    | `name = …` | keeps the value of an expression or a command under a name |
    | `for x in values { … }` | runs the block for each element of a list or number of a range |
    | `if a { … } else if b { … } else { … }` | runs the block whose condition is true |
    | `return value` | ends a definition with that value |
    | `time command` | says how long the command took |
    | `help`, `help train`, `name?` | explains a command or a value |

    A line ends a statement, `;` does too. Inside `( )` and `[ ]` lines do not matter, nor after an operator. `#` starts a comment.
    Names assigned inside a block stay after it. Verbs and the words `for in if else true false and or not time help return` cannot
    be names. Names may use any letters: `τ = 0.5`.

    The whole cell is checked before its first line runs: an unknown verb or option, a missing argument or a number out of
    bounds in the last line costs nothing. What goes wrong later leaves what earlier lines did.

    ### Values

    | value | written | |
    |---|---|---|
    | number | `3`, `0.1`, `1e-4`, `10_000`, `50%`, `8.5cm` | `50%` is 0.5; lengths in cm, mm, in or pt are centimetres |
    | text | `"accuracy {a} %"`, `'…'` | code in braces, perhaps with a format; escapes `\n` `\t` `\"` `\'` `\\` `\{` `\}` `\u{3C4}` |
    | format in text | `"{a:2}"`, `"{a:1%}"`, `"{s:time}"` | two decimals; a share as per cent, `48.6 %`, scores of several seeds with their spread, `48.6 ± 0.3 %`; seconds as `3 min 20 s` |
    | truth value | `true`, `false` | |
    | list | `[16, 32, 64]` | `.count`, `.first`, `.last`; of numbers also `.sum`, `.mean`, `.min`, `.max` |
    | range | `0..<10`, `0...9` | whole numbers, without and with the last |
    | member | `cifar.train` | Tab shows them |
    | index | `h[3]`, `h[-1]`, `h[0..<5]`, `h[[3, 14]]` | positions begin at 0, -1 is the last |
    | index by name | `shapes["star"]`, `h[["star", "ring"]]`, `t["top-1"]` | pictures and rows of a class, a column of a table |

    | operators, tightest first | |
    |---|---|
    | `^` | power, from the right |
    | `-x` | |
    | `*` `/` `%` `@` | `%` is the remainder, with the sign of the divisor; `@` the product of two matrices |
    | `+` `-` | `+` also joins texts, and lists |
    | `..<` `...` | ranges |
    | `==` `!=` `<` `<=` `>` `>=` | numbers with numbers, text with text |
    | `not`, then `and`, then `or` | the right side is skipped where the left one decides |

    Where an operand is a matrix or an embedding, `+ - * / ^` and comparisons go element by element. A number, a single row or a single column
    is spread over the other operand; a comparison gives 1 where it holds and 0 elsewhere. A range or a list of positions takes rows,
    `m[0..<5]`.

    ### Grammar

    ```
    cell       = { statement ( newline | ";" ) }
    statement  = name "=" value | value | for | if | "return" [ value ] | explain
    for        = "for" name "in" expression block
    if         = "if" expression block { "else" "if" expression block } [ "else" block ]
    block      = "{" { statement ( newline | ";" ) } "}"
    explain    = name { "." name } "?" | verb [ kind ] "?"
    value      = [ "time" ] ( command | expression ) | "help" { name }
    command    = verb [ kind ] { argument | name "=" argument } [ block ]          (a block only where the command takes one)
    argument   = simple [ ( "..<" | "..." ) simple ]
    simple     = "-" number | atom
    expression = conjunction { "or" conjunction }
    conjunction = negation { "and" negation }
    negation   = "not" negation | comparison
    comparison = range [ ( "==" | "!=" | "<" | "<=" | ">" | ">=" ) range ]
    range      = sum [ ( "..<" | "..." ) sum ]
    sum        = product { ( "+" | "-" ) product }
    product    = signed { ( "*" | "/" | "%" | "@" ) signed }
    signed     = ( "-" | "+" ) signed | power
    power      = atom [ "^" signed ]
    atom       = basic { "." name | "[" expression "]" }          (nothing between an atom and its "." or "[")
    basic      = number | text | "true" | "false" | name | verb
               | "[" [ expression { "," expression } [ "," ] ] "]" | "(" value ")" | "(" name { name "=" argument } ")"
    ```
    """#
}
