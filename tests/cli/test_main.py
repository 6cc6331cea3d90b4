from __future__ import annotations

import subprocess
import sys

import pytest

from sonoreach.cli import main as cli
from sonoreach.errors import EndedEarly, InputError


@pytest.mark.parametrize("error, code", [(InputError("no such thing"), 2), (EndedEarly("the arm stopped"), 3)])
def test_errors_become_exit_codes(
    error: Exception, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(args: object) -> int:
        raise error

    monkeypatch.setattr("sonoreach.cli.doctor.run", fail)
    assert cli.main(["doctor"]) == code
    assert str(error) in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["bench", "nonsense"]])
def test_unknown_command_is_bad_input(arguments: list[str]) -> None:
    result = subprocess.run([sys.executable, "-m", "sonoreach.cli.main", *arguments], capture_output=True, text=True)
    assert result.returncode == 2
    assert "usage" in result.stderr


def test_help_lists_every_command() -> None:
    result = subprocess.run([sys.executable, "-m", "sonoreach.cli.main", "--help"], capture_output=True, text=True)
    assert result.returncode == 0
    assert all(name in result.stdout for name in cli.COMMANDS)


def test_bench_refuses_a_file_that_it_cannot_write(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["bench", "steering", "--json", "/no/such/folder/figures.json"]) == 2
    assert "must exist and be writable" in capsys.readouterr().err
