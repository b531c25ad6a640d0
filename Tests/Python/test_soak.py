"""A short portion of what scripts/soak does in full."""
import pytest
import soak


@pytest.mark.parametrize("seed", [1, 2])
def test_broken_input_leaves_the_kernel_alive(seed):
    assert soak.fuzz(600, seed)


def test_cells_and_interrupts_are_all_answered():
    assert soak.cells(200, 10, seed=1)
