"""Contrast for Pygments, and so for nbconvert and jupyter console.

It reads as labextension/static/remoteEntry.js does in JupyterLab: line by line, with a state that says what is open.
A test compares the two.
"""
import json
import pathlib
import re

from pygments.lexer import Lexer
from pygments.token import (
    Comment,
    Error,
    Keyword,
    Name,
    Number,
    Operator,
    Punctuation,
    String,
    Whitespace,
)

VOCABULARY = json.loads(pathlib.Path(__file__).with_name("vocabulary.json").read_text(encoding="utf-8"))
KEYWORDS = frozenset(VOCABULARY["keywords"])
KINDS = {verb: frozenset(kinds) for verb, kinds in VOCABULARY["verbs"].items()}

SPACE = re.compile(r"\s+")
NUMBER = re.compile(r"(?:[0-9][0-9_]*(?:\.[0-9][0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][-+−]?[0-9][0-9_]*)?(?:%(?![\w(.%])|(?:cm|mm|in|pt)(?!\w))?")
NAME = re.compile(r"[^\W\d]\w*")
OPERATOR = re.compile(r"\.\.<|\.\.\.|[=!<>]=|[-+*/%^@=<>≤≥≠−×÷]")
FORMAT = re.compile(r":[^{}\"']*")
ESCAPE = re.compile(r"\\(?:u\{[0-9A-Fa-f]*\}|.)")
ASSIGNMENT = re.compile(r"[ \t]*=(?!=)")
NO_STATEMENT = re.compile(r"\s*(?:#|$)")
TEXT = {'"': re.compile(r'[^"\\{]+'), "'": re.compile(r"[^'\\{]+")}
CLOSERS = {")": "(", "]": "[", "}": "{"}


class ContrastLexer(Lexer):
    """The language of the Jupyter kernel Contrast."""

    name = "Contrast"
    aliases = ["contrast"]
    filenames = ["*.contrast"]
    mimetypes = ["text/x-contrast"]

    def get_tokens_unprocessed(self, text):
        reader = Reader()
        start = 0
        for line in text.splitlines(keepends=True):
            body = line.rstrip("\r\n")
            for place, kind, value in reader.read(body):
                yield start + place, kind, value
            if len(body) < len(line):
                yield start + len(body), Whitespace, line[len(body):]
            start += len(line)


class Reader:
    """The state between two tokens."""

    def __init__(self):
        self.brackets = []  # what is open, outermost first; quotes stand for code inside a string
        self.quote = None  # the quote that ends the string around the cursor
        self.is_command = False  # the statement holds a verb, so lines indented deeper go on with it
        self.kinds = frozenset()  # of the verb just read
        self.is_member = False  # after a point
        self.is_defined = False  # after `for`
        self.begin(0)

    def begin(self, column):
        """A statement begins, in a line that begins at `column`."""
        self.is_start = True
        self.is_command = False
        self.column = column

    def read(self, line):
        """The tokens of a line: place, kind, text."""
        self.start_line(line)
        place = 0
        while place < len(line):
            kind, end = self.string(line, place) if self.quote else self.code(line, place)
            yield place, kind, line[place:end]
            place = end

    def start_line(self, line):
        # Strings end with their line, and so does the code inside them.
        quotes = [index for index, bracket in enumerate(self.brackets) if bracket in "\"'"]
        if quotes:
            del self.brackets[quotes[0]:]
        self.quote = None
        self.kinds = frozenset()
        self.is_member = False
        if self.brackets[-1:] in (["("], ["["]) or NO_STATEMENT.match(line):
            return
        column = len(line) - len(line.lstrip())
        if not (self.is_command and column > self.column):
            self.begin(column)

    def string(self, line, place):
        if found := ESCAPE.match(line, place):
            return String.Escape, found.end()
        if line[place] == "{":
            self.brackets.append(self.quote)
            self.quote = None
            return String.Interpol, place + 1
        if line[place] == self.quote:
            self.quote = None
            return String, place + 1
        found = TEXT[self.quote].match(line, place)
        return String, found.end() if found else place + 1

    def code(self, line, place):
        if found := SPACE.match(line, place):
            return Whitespace, found.end()
        if line[place] == "#":
            return Comment.Single, len(line)
        if found := NAME.match(line, place):
            return self.word(found.group(), bool(ASSIGNMENT.match(line, found.end()))), found.end()
        self.kinds = frozenset()
        self.is_member = self.is_defined = False
        was_start, self.is_start = self.is_start, False
        if found := NUMBER.match(line, place):
            return Number, found.end()
        if found := OPERATOR.match(line, place):
            return Operator, found.end()
        if self.brackets and self.brackets[-1] in "\"'" and (found := FORMAT.match(line, place)):
            return String.Interpol, found.end()
        kind = self.sign(line[place], place + 1)
        if kind is Error:
            self.is_start = was_start
        return kind, place + 1

    def word(self, word, is_assigned):
        is_start, is_member, is_defined, kinds = self.is_start, self.is_member, self.is_defined, self.kinds
        self.is_start = self.is_member = self.is_defined = False
        self.kinds = frozenset()
        if is_member:
            return Name.Property
        if is_assigned:
            return Name.Variable if is_start else Name.Attribute
        if is_defined:
            return Name.Variable
        if word in kinds:
            return Name.Builtin
        if word in ("true", "false"):
            return Keyword.Constant
        if word in KEYWORDS:
            self.is_defined = word == "for"
            return Keyword.Reserved
        if word not in KINDS:
            return Name
        self.is_command = True
        self.kinds = KINDS[word]
        return Keyword

    def sign(self, sign, end):
        if sign in "\"'":
            self.quote = sign
            return String
        if sign == ".":
            self.is_member = True
            return Operator
        if sign == ";":
            self.begin(self.column)
            return Punctuation
        if sign in "([{":
            self.brackets.append(sign)
            if sign == "{":
                self.begin(end)
            return Punctuation
        if sign in CLOSERS:
            return self.close(sign)
        return Punctuation if sign in ",?" else Error

    def close(self, sign):
        if sign == "}" and self.brackets and self.brackets[-1] in "\"'":
            self.quote = self.brackets.pop()
            return String.Interpol
        opener = CLOSERS[sign]
        if opener in self.brackets:
            while self.brackets.pop() != opener:
                pass
        if sign == "}":
            self.begin(self.column)
        return Punctuation
