"""The kernel's benchmark at its smallest: that it measures, and writes only its own table."""
import importlib.util
import pathlib

import pytest
from test_kernel import NAME

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture
def benchmark():
    spec = importlib.util.spec_from_file_location("kernel_benchmark", ROOT / "benchmarks/kernel.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_start_memory_and_round_trips_are_measured(benchmark):
    seconds, memory = benchmark.start(NAME)
    assert 0 < seconds < 30 and 5 < memory < 500
    trips = benchmark.trips(NAME, 5)
    assert len(trips) == 5 and all(trip > 0 for trip in trips)


def test_writing_the_table_leaves_the_rest_of_the_page(benchmark, tmp_path):
    page = tmp_path / "README.md"
    page.write_text(f"before\n{benchmark.MARKS[0]}\nold\n{benchmark.MARKS[1]}\nafter\n")
    row = {"kernel": "one", "ready_s": 0.05, "trip_ms": 1.5, "trip_p99_ms": 3, "resident_mb": 29.4}
    benchmark.write(benchmark.table([row]), page)
    assert "| one | 0.050 | 1.50 | 3.00 | 29.4 |" in page.read_text()
    assert page.read_text().startswith("before\n") and page.read_text().endswith("\nafter\n")
    assert (ROOT / "benchmarks/README.md").read_text().count(benchmark.MARKS[0]) == 1
