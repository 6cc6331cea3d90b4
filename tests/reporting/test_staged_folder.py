"""The output folder at the door."""

import os
from pathlib import Path

import pytest

from sonoreach.errors import InputError
from sonoreach.reporting.staged_folder import StagedFolder, check_output


def test_an_empty_folder_is_replaced(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    staged = StagedFolder(out)
    (staged.path / "file").write_text("x")
    assert staged.publish() == out
    assert (out / "file").read_text() == "x"
    assert list(tmp_path.iterdir()) == [out]


def test_parents_are_made(tmp_path):
    staged = StagedFolder(tmp_path / "a" / "b" / "out")
    staged.publish()
    assert (tmp_path / "a" / "b" / "out").is_dir()


@pytest.mark.parametrize("name", ["file", "file/below"])
def test_a_file_is_refused(tmp_path, name):
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="is a file"):
        check_output(tmp_path / name)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_refused(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="takes no files"):
        check_output(tmp_path / "out")


def test_a_place_that_takes_nothing_whoever_asks_is_refused():
    with pytest.raises(InputError, match="cannot be written"):
        check_output(Path("/proc/out"))


def test_the_look_leaves_nothing_behind(tmp_path):
    check_output(tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_filled_meanwhile_is_kept(tmp_path):
    staged = StagedFolder(tmp_path / "out")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("x")
    with pytest.raises(InputError, match="filled while the exam ran"):
        staged.publish()
    assert (tmp_path / "out" / "mine").read_text() == "x"
    assert staged.path.is_dir()
