"""What several nodes of a process hear is decoded once, and a bad message is never taken for the last good one."""

from __future__ import annotations

from typing import Any

import pytest
from rclpy.serialization import serialize_message
from std_msgs.msg import Float64

from sonoreach.errors import InputError
from sonoreach_nodes.reading import Reader, reader


def positive(message: Float64) -> tuple[float]:
    """A value that only its identity tells from an equal one."""
    if message.data <= 0:
        raise InputError(f"needs a positive number, got {message.data}")
    return (message.data,)


def raw(number: float) -> Any:
    """A serialised message."""
    return serialize_message(Float64(data=number))


def test_the_same_bytes_are_decoded_once() -> None:
    read = Reader(Float64, positive)
    first = read(raw(1.5))
    assert first == (1.5,)
    assert read(raw(1.5)) is first
    assert read(raw(2.5)) == (2.5,)
    assert read(raw(1.5)) is not first


def test_a_bad_message_is_refused_each_time_and_leaves_the_last_good_one() -> None:
    read = Reader(Float64, positive)
    good = read(raw(1.0))
    for _ in range(2):
        with pytest.raises(InputError, match="positive"):
            read(raw(-1.0))
    assert read(raw(1.0)) is good


def test_nodes_of_a_process_share_a_reader() -> None:
    assert reader(Float64, positive) is reader(Float64, positive)
