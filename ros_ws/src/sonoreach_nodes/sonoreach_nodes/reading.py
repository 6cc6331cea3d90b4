"""Reading messages: what several nodes of a process hear of one topic is decoded once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Generic, TypeVar

from rclpy.serialization import deserialize_message

Value = TypeVar("Value")


class Reader(Generic[Value]):
    """Turns serialised messages of one kind into values, and knows the last one.

    The values are frozen, so that nodes may share them. Comparing the bytes costs a hundredth of decoding them.
    """

    def __init__(self, kind: Any, read: Callable[[Any], Value]) -> None:
        """Prepare.

        Args:
            kind: the message's class.
            read: from message to value; InputError for one that makes no sense.
        """
        self._kind, self._read = kind, read
        self._last: tuple[bytes, Value] | None = None

    def __call__(self, raw: bytes) -> Value:
        """The value of a serialised message."""
        if self._last is None or self._last[0] != raw:
            self._last = raw, self._read(deserialize_message(raw, self._kind))
        return self._last[1]


@cache
def reader(kind: Any, read: Callable[[Any], Value]) -> Reader[Value]:
    """The reader of this kind that all nodes of the process use."""
    return Reader(kind, read)
