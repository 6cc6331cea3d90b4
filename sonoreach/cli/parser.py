"""The parser of the command line: refuses in one sentence, and the kinds of argument that commands share."""

from __future__ import annotations

import argparse
import math
import tempfile
from pathlib import Path
from typing import NoReturn

from sonoreach.errors import InputError


class Parser(argparse.ArgumentParser):
    """Says what was wrong in one sentence, without the whole usage in front of it."""

    def error(self, message: str) -> NoReturn:
        """Leave with the exit code of bad input."""
        self.exit(InputError.exit_code, f"{self.prog}: {message}; see {self.prog} --help\n")


def positive_int(text: str) -> int:
    """A whole number of at least 1.

    Raises:
        argparse.ArgumentTypeError: a smaller number.
        ValueError: no whole number.
    """
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, got {number}")
    return number


def duration_s(text: str) -> float:
    """A time above 0 [s].

    Raises:
        argparse.ArgumentTypeError: none, a negative or an endless time.
        ValueError: no number.
    """
    seconds = float(text)
    if not 0.0 < seconds < math.inf:
        raise argparse.ArgumentTypeError(f"must be finite and above 0, got {text}")
    return seconds


def check_file(option: str, path: Path) -> None:
    """Refuse a file that could not be written at the end; leaves nothing there.

    Raises:
        InputError: it is a folder, or its folder is missing or takes no files.
    """
    because = "it is a folder"
    if not path.is_dir():
        try:
            tempfile.TemporaryFile(dir=path.parent).close()
            return
        except OSError as error:
            because = f"its folder takes no files: {error.strerror}"
    raise InputError(f"{option} {path} cannot be written, because {because}")
