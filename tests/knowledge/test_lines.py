from __future__ import annotations

import os

import pytest

from knowledge.lines import lines_to

pytestmark = pytest.mark.skipif(os.name != "posix", reason="lines are file descriptors")


def test_who_asks_a_process_that_has_ended_is_told_so():
    (line,) = lines_to("keyword", 1)  # a module that does nothing with its lines
    with pytest.raises(EOFError):
        line.recv()
    line.close()
