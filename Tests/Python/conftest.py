"""No test writes into the history of whoever runs it."""
import os

import pytest


@pytest.fixture(scope="session", autouse=True)
def history(tmp_path_factory):
    path = tmp_path_factory.mktemp("history") / "history.sqlite"
    os.environ["CONTRAST_HISTORY"] = str(path)
    return path
