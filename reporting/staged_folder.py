"""An output folder that appears complete or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from sonoreach.errors import InputError


class StagedFolder:
    """Collects files in a hidden sibling of the wanted folder and renames it into place at the end.

    Attributes:
        out: the folder that people asked for.
        path: the folder to write into until `publish`.
    """

    def __init__(self, out: Path) -> None:
        """Check `out` at the door and make the sibling.

        Raises:
            InputError: `out` exists and is not an empty folder, or cannot be written.
        """
        self.out = Path(os.path.abspath(out))
        check_output(self.out)
        self.out.parent.mkdir(parents=True, exist_ok=True)
        self.path = Path(tempfile.mkdtemp(prefix=f".{self.out.name}.", suffix=".partial", dir=self.out.parent))
        self.path.chmod(0o755)

    def publish(self) -> Path:
        """Rename the sibling into place; returns the wanted folder.

        Raises:
            InputError: somebody filled the wanted folder meanwhile; the files stay in `path`.
        """
        try:
            os.replace(self.path, self.out)  # an empty folder is replaced, anything else refused
        except OSError as error:
            raise InputError(f"{self.out} was filled while the exam ran; its result stays in {self.path}") from error
        self.path = self.out
        return self.out

    def discard(self) -> None:
        """Throw away what has been collected."""
        if self.path != self.out:
            shutil.rmtree(self.path, ignore_errors=True)


def check_output(out: Path) -> None:
    """Refuse an output folder that is not empty or cannot be written; leaves nothing there.

    Raises:
        InputError: with the sentence for the user.
    """
    if out.exists() and not out.is_dir():
        raise InputError(f"output folder {out} is a file; give a folder that is new or empty")
    parent = next(folder for folder in (out, *out.parents) if folder.exists())
    if not parent.is_dir():
        raise InputError(f"output folder {out} lies under {parent}, which is a file; give another folder")
    # The rename at the end needs the parent of `out` writable, not only `out` itself.
    for folder in {parent, out.parent if out.exists() else parent}:
        try:  # permissions tell not everything: a superuser may write in /proc, which takes nothing
            os.rmdir(tempfile.mkdtemp(prefix=".sonoreach.", dir=folder))
        except OSError as error:
            because = f"{folder} takes no files: {error.strerror}"
            raise InputError(f"output folder {out} cannot be written ({because}); give another folder") from error
    if out.exists() and any(out.iterdir()):
        raise InputError(f"output folder {out} is not empty; give a folder that is new or empty")
