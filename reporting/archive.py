"""The seam to where results go: a folder here, an archive server elsewhere."""

from __future__ import annotations

import os
import shutil
import tempfile
from abc import ABC, abstractmethod
from pathlib import Path

from sonoreach.errors import InputError
from sonoreach.reporting.record_file import FILE_NAME, read_record


class Archive(ABC):
    """Takes finished exam folders."""

    @abstractmethod
    def store(self, exam: Path) -> str:
        """Store one exam folder; storing the same exam twice is harmless.

        Args:
            exam: folder that `sonoreach exam` wrote; it stays as it is.

        Returns:
            Where it lies now, as people would look for it.

        Raises:
            InputError: the folder is no exam folder.
            OSError: the archive cannot be reached or written.
        """


class FolderArchive(Archive):
    """Keeps exams under one folder, as `root/patient/content`, e.g. on a mounted share.

    An exam is copied beside its place and renamed, so a reader of the archive never sees half of one.
    """

    def __init__(self, root: Path) -> None:
        """Use `root`, which must be a folder.

        Raises:
            InputError: it is not.
        """
        if not root.is_dir():
            raise InputError(f"archive {root} is not a folder; make it first or give another")
        self.root = root

    def store(self, exam: Path) -> str:
        """Copy the exam folder; see `Archive.store`."""
        record = read_record(exam)
        place = self.root / _safe(record["patient_id"]) / _safe(_name(record))
        if (place / FILE_NAME).is_file():
            return str(place)
        place.parent.mkdir(exist_ok=True)
        staged = Path(tempfile.mkdtemp(prefix=".incoming.", dir=place.parent))
        try:
            shutil.copytree(exam, staged, dirs_exist_ok=True)
            os.replace(staged, place)
        except BaseException:
            shutil.rmtree(staged, ignore_errors=True)
            raise
        return str(place)


def _name(record: dict[str, object]) -> str:
    clock = record["wall_clock"]
    start = str(clock.get("start", "")) if isinstance(clock, dict) else ""
    return "-".join(part for part in (start[:19], str(record["protocol"]), str(record["content_sha256"])[:16]) if part)


def _safe(text: str) -> str:
    """The text as one name of a file system: everything but letters, digits, "-", "_" becomes "_"."""
    name = "".join(c if c.isalnum() or c in "-_" else "_" for c in text)
    return name or "unknown"
