#!/usr/bin/env python3
"""Writes the reference files of the Jupyter tests: python3 make_fixtures.py  (needs nbformat)

signatures.json: HMACs by Python's hmac. notebook-4.N.ipynb: notebooks as nbformat writes them.
"""
import base64
import hmac
import json
import pathlib

import nbformat

here = pathlib.Path(__file__).resolve().parent

frames = [b'{"msg_id":"1","msg_type":"execute_request"}', b"{}", b'{"\xc3\xa9": [1, 2]}', b'{"code": "show \\u0000"}']
keys = ["", "k", "a0436f6c-1916-498b-8eb9-e81ab9368e84", "é" * 100]
signatures = [
    {"scheme": "hmac-" + name, "key": key, "frames": [base64.b64encode(f).decode() for f in frames],
     "signature": hmac.new(key.encode(), b"".join(frames), name).hexdigest() if key else ""}
    for name in ("sha256", "sha512", "md5") for key in keys
]
(here / "signatures.json").write_text(json.dumps(signatures, indent=1) + "\n")

v4 = nbformat.v4
for minor in (0, 4, 5):
    cells = [
        v4.new_markdown_cell("# Title\n\nα, 𝔘 and \"quotes\"\n", attachments={"a.png": {"image/png": "aGk="}}),
        v4.new_code_cell("x = 1\nx", execution_count=3, metadata={"tags": ["parameters"], "own": {"deep": [1, 2.5, None]}}, outputs=[
            v4.new_output("stream", name="stdout", text="one\ntwo\n"),
            v4.new_output("execute_result", {"text/plain": "1\n2", "application/json": {"a": [1]}, "image/png": "aGk="},
                          execution_count=3),
            v4.new_output("display_data", {"image/svg+xml": "<svg>\n</svg>"}, metadata={"image/png": {"width": 3}}),
            v4.new_output("error", ename="E", evalue="v", traceback=["a", "b"]),
        ]),
        v4.new_raw_cell("raw"),
        v4.new_code_cell(""),
    ]
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    notebook = v4.new_notebook(cells=cells, metadata={"kernelspec": {"name": "k", "display_name": "K"}, "own": [True]})
    # nbformat adds identifiers to whatever it writes; formats before 4.5 had none.
    content = json.loads(nbformat.writes(notebook))
    content["nbformat_minor"] = minor
    for cell in content["cells"]:
        if minor < 5:
            del cell["id"]
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True, separators=(",", ": "))
    (here / f"notebook-4.{minor}.ipynb").write_text(text + "\n")
