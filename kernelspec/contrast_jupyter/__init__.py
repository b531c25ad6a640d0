"""What Jupyter's Python tools need to know of the language Contrast: a Pygments lexer and papermill's parameters."""

__version__ = "0.1.0"
