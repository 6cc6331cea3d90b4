"""Lets the tests of this folder share the robots' boxes and an address for each test."""

import itertools
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
COUNT = itertools.count(1)


@pytest.fixture
def address() -> str:
    """A loopback address of this test's own: the robots' ports are fixed."""
    pid = os.getpid()
    return f"127.{1 + pid % 250}.{pid // 250 % 250}.{next(COUNT)}"
