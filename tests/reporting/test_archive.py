"""The folder archive."""

import pytest

from sonoreach.errors import InputError
from sonoreach.reporting.archive import FolderArchive


def files(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_it_keeps_a_whole_copy(exam_folder, tmp_path):
    from pathlib import Path

    place = Path(FolderArchive(tmp_path).store(exam_folder))
    assert place.parent == tmp_path / "SIM-007"
    assert files(place) == files(exam_folder)
    assert FolderArchive(tmp_path).store(exam_folder) == str(place), "a second time is harmless"
    assert [p.name for p in place.parent.iterdir()] == [place.name]


def test_what_is_no_exam_is_refused(tmp_path):
    (tmp_path / "exam").mkdir()
    with pytest.raises(InputError, match=r"holds no exam\.json"):
        FolderArchive(tmp_path).store(tmp_path / "exam")
    with pytest.raises(InputError, match="not a folder"):
        FolderArchive(tmp_path / "nowhere")


def test_failure_leaves_nothing(exam_folder, tmp_path, monkeypatch):
    def fail(*_args, **_more):
        raise OSError("disk full")

    monkeypatch.setattr("sonoreach.reporting.archive.shutil.copytree", fail)
    with pytest.raises(OSError, match="disk full"):
        FolderArchive(tmp_path).store(exam_folder)
    assert list((tmp_path / "SIM-007").iterdir()) == []
