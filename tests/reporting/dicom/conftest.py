"""The DICOM validator, where it is installed."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def dciodvfy() -> Callable[[Path], list[str]]:
    """Runs dicom3tools' dciodvfy on a file; returns its errors."""
    program = shutil.which("dciodvfy")
    if program is None:
        pytest.skip("dciodvfy is not installed (Debian package dicom3tools)")

    def errors(path: Path) -> list[str]:
        run = subprocess.run([program, str(path)], capture_output=True, text=True, timeout=60, check=False)
        said = (run.stdout + run.stderr).splitlines()
        assert said, "dciodvfy names at least the kind of object"
        return [line for line in said if line.startswith(("Error", "Abort"))]

    return errors
