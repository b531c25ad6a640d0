"""The Pygments lexer and the words that it shares with JupyterLab's highlighter; the browser's tests compare the two."""
import json
import os
import pathlib
import random
import re
import subprocess
import sys

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpecManager

lexer = pytest.importorskip("contrast_jupyter.lexer", reason="pip install ./kernelspec")
from pygments.lexers import get_lexer_by_name, get_lexer_for_filename, get_lexer_for_mimetype  # noqa: E402
from pygments.token import Comment, Error, Keyword, Name, Number, Operator, Punctuation, String  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = KernelSpecManager().get_kernel_spec(os.environ.get("CONTRAST_KERNEL", "contrast")).argv[0]


def tokens(code):
    return [(kind, text) for _, kind, text in lexer.ContrastLexer().get_tokens_unprocessed(code)]


def kinds_of(code, *texts):
    """The kind of the first token of each text."""
    found = {}
    for kind, text in tokens(code):
        found.setdefault(text, kind)
    return [found[text] for text in texts]


def test_pygments_finds_the_lexer():
    for found in (get_lexer_by_name("contrast"), get_lexer_for_filename("a.contrast"), get_lexer_for_mimetype("text/x-contrast")):
        assert isinstance(found, lexer.ContrastLexer)


def test_the_words_are_those_of_the_program():
    words = subprocess.run([PROGRAM, "manual", "--words"], capture_output=True, text=True, check=True).stdout
    assert json.loads(words) == lexer.VOCABULARY
    installed = pathlib.Path(sys.prefix) / "share/jupyter/labextensions"
    assert json.loads((installed / "contrast-highlighter/static/vocabulary.json").read_text()) == lexer.VOCABULARY


def test_every_part_of_a_statement_has_its_colour():
    code = 'few = load shapes train=1_000 # all\nshow few.train with="rate {few.count + 1} \\n" size=50%'
    assert kinds_of(code, "few", "load", "shapes", "train", "1_000", "# all", "show", "50%") == [
        Name.Variable, Keyword, Name.Builtin, Name.Attribute, Number, Comment.Single, Keyword, Number]
    found = tokens(code)
    start = found.index((String.Interpol, "{"))
    assert [pair for pair in found[start:start + 9] if pair[1] != " "] == [
        (String.Interpol, "{"), (Name, "few"), (Operator, "."), (Name.Property, "count"), (Operator, "+"), (Number, "1"),
        (String.Interpol, "}")]
    assert (String.Escape, "\\n") in found


def test_an_indented_option_goes_on_with_a_command_and_an_assignment_does_not():
    assert kinds_of("train model\n  on=few", "on") == [Name.Attribute]
    assert kinds_of("for x in a {\n  on=few\n}", "on") == [Name.Variable]
    assert kinds_of("train model\non=few", "on") == [Name.Variable]
    assert kinds_of("show (sample few\nseed=3)", "seed") == [Name.Attribute]
    assert kinds_of("x = 3; y = 4", "y") == [Name.Variable]
    assert kinds_of("x == 3", "x") == [Name]


@pytest.mark.parametrize("number", ["1", "0.5", ".5", "1e-4", "10_000", "50%", "1.5E+3", "3.5%", "8.5cm", "3in"])
def test_numbers(number):
    assert tokens(number) == [(Number, number)]
    assert tokens(f"({number})")[1] == (Number, number)


def test_a_format_in_text_and_a_colon_elsewhere():
    assert [pair for pair in tokens('"{a:1%} {[1:2]}"') if pair[1] not in " "] == [
        (String, '"'), (String.Interpol, "{"), (Name, "a"), (String.Interpol, ":1%"), (String.Interpol, "}"),
        (String.Interpol, "{"), (Punctuation, "["), (Number, "1"), (Error, ":"), (Number, "2"), (Punctuation, "]"),
        (String.Interpol, "}"), (String, '"')]


def test_a_remainder_is_no_percent():
    assert [text for _, text in tokens("7%3")] == ["7", "%", "3"]
    assert [text for _, text in tokens("0..<9")] == ["0", "..<", "9"]


def examples():
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        yield from (cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code")
    yield from re.findall(r"```contrast\n(.*?)```", (ROOT / "docs/manual.md").read_text(), re.DOTALL)


def test_notebooks_and_manual_have_no_stray_sign():
    found = list(examples())
    assert len(found) > 50
    for code in found:
        code = re.sub("[…]", "0", code)
        assert not [text for kind, text in tokens(code) if kind is Error], code


def test_no_letter_is_lost_whatever_is_typed():
    source = random.Random(5)
    signs = list('"\'{}()[]\\#\n \t.%=;:?eu1aτ') + ["for", "plot", "loss", "é", "𝔘", "\r\n", "..<"]
    for _ in range(300):
        code = "".join(source.choices(signs, k=40))
        assert "".join(text for _, text in tokens(code)) == code
