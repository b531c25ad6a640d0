"""Parameters for papermill, as Contrast reads them: `papermill in.ipynb out.ipynb -p epochs 2`.

papermill loads the engines that other packages declare, and nothing else of theirs. Loading this module is what makes
the translator known; the engine is papermill's own, and the one that is used unless another is asked for does as well.
"""
import math
import re

from papermill.engines import NBClientEngine
from papermill.exceptions import PapermillException
from papermill.models import Parameter
from papermill.translators import Translator, papermill_translators

ESCAPES = {'"': '\\"', "\\": "\\\\", "{": "\\{", "}": "\\}", "\n": "\\n", "\t": "\\t"}
ASSIGNMENT = re.compile(r"\s*(?P<name>[^\W\d]\w*)\s*=(?!=)\s*(?P<value>(?:\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|[^#\"'])*)"
                        r"(?:#\s*(?P<help>.*))?$")


class ContrastTranslator(Translator):
    """Python's values as Contrast writes them."""

    @classmethod
    def translate_escaped_str(cls, value):
        def written(character):
            if character in ESCAPES:
                return ESCAPES[character]
            return character if character.isprintable() else f"\\u{{{ord(character):X}}}"

        return '"' + "".join(map(written, str(value))) + '"'

    @classmethod
    def translate_float(cls, value):
        if not math.isfinite(value):
            raise PapermillException(f"Contrast has no way to write the number {value}")
        return repr(value)

    @classmethod
    def translate_none(cls, value):
        raise PapermillException("Contrast has no empty value to put into a list")

    @classmethod
    def translate_list(cls, value):
        return "[" + ", ".join(map(cls.translate, value)) + "]"

    @classmethod
    def translate_dict(cls, value):
        raise PapermillException("Contrast has no dictionaries: give each value a name of its own")

    @classmethod
    def comment(cls, text):
        return f"# {text}".strip()

    @classmethod
    def codify(cls, parameters, comment="Parameters"):
        """A cell of assignments; a parameter that is None leaves the value that the notebook gives."""
        lines = [cls.comment(comment)]
        for name, value in parameters.items():
            if value is None:
                lines.append(cls.comment(f"{name} keeps the notebook's value"))
            else:
                lines.append(cls.assign(name, cls.translate(value)))
        return "\n".join(lines) + "\n"

    @classmethod
    def inspect(cls, parameters_cell):
        """The parameters that a notebook takes, for `papermill --help-notebook`."""
        found = map(ASSIGNMENT.match, parameters_cell["source"].splitlines())
        return [Parameter(name=match["name"], inferred_type_name=kind(match["value"].strip()),
                          default=match["value"].strip(), help=match["help"] or "")
                for match in found if match]


def kind(value):
    """What Contrast calls such a value; papermill's "None" where that takes running it."""
    if value in ("true", "false"):
        return "truth value"
    if value.startswith(('"', "'")):
        return "text"
    if value.startswith("["):
        return "list"
    return "number" if re.fullmatch(r"-?[\d_.]+([eE][-+]?\d+)?%?", value) else "None"


class ContrastEngine(NBClientEngine):
    """papermill's own engine under the name by which papermill finds this module."""


papermill_translators.register("contrast", ContrastTranslator)
