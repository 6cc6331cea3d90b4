from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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
    assert result.stderr.count("\n") == 1 and "--help" in result.stderr


def test_help_lists_every_command() -> None:
    result = subprocess.run([sys.executable, "-m", "sonoreach.cli.main", "--help"], capture_output=True, text=True)
    assert result.returncode == 0
    assert all(name in result.stdout for name in cli.COMMANDS)


@pytest.mark.parametrize("path", ["/no/such/folder/figures.json", "/proc/figures.json"])
@pytest.mark.parametrize("command", [["bench", "steering"], ["measure", "picture.png"]])
def test_a_file_that_cannot_be_written_is_refused_before_the_work(
    command: list[str], path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([*command, "--json", path]) == 2
    assert "cannot be written, because its folder takes no files" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["exam", "--out", "x", "--patient", "abc"], "--patient: invalid int value: 'abc'"),
        (["exam", "--out", "x", "--bogus"], "unrecognized arguments: --bogus"),
        (["bench", "control", "--seeds", "0"], "--seeds: must be at least 1, got 0"),
        (["bench", "control", "--wall-clock", "-1"], "--wall-clock: must be finite and above 0, got -1"),
        (["bench", "acoustics", "--repeats", "x"], "--repeats: invalid positive_int value: 'x'"),
        (["train", "perception", "--processes", "0"], "--processes: must be at least 1, got 0"),
    ],
)
def test_a_bad_argument_is_one_sentence(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(arguments)
    said = capsys.readouterr().err
    assert left.value.code == 2
    assert words in said and said.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["exam", "--out", "a" * 300],
        ["exam", "--out", "x", "--model", "a" * 300 + ".onnx"],
        ["image", "a" * 300, "--out", "x"],
        ["measure", "a" * 300],
        ["report", "a" * 300],
    ],
)
def test_a_path_that_no_file_system_takes_is_bad_input(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(arguments) == 2
    said = capsys.readouterr().err
    assert "File name too long" in said and said.count("\n") == 1


def test_sigterm_unwinds(tmp_path: Path) -> None:
    script = (
        "import sys, time, pathlib, sonoreach.cli.doctor as doctor; from sonoreach.cli.main import main\n"
        "def run(args):\n"
        "    try:\n"
        "        print('started', flush=True); time.sleep(60)\n"
        "    finally:\n"
        "        pathlib.Path(sys.argv[1]).touch()\n"
        "doctor.run = run; sys.exit(main(['doctor']))"
    )
    left = tmp_path / "tidied"
    process = subprocess.Popen([sys.executable, "-c", script, str(left)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    process.terminate()
    assert process.wait(30) == 143
    assert left.exists()


@pytest.mark.parametrize("option", ["--json", "--picture"])
def test_bench_refuses_a_folder_as_its_file(option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["bench", "steering", option, str(tmp_path)]) == 2
    assert "it is a folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"), [(["--patient", "-1"], "unknown patient"), (["--planes", "x"], "no plane")]
)
def test_bench_system_refuses_before_it_starts(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["bench", "system", *arguments]) == 2
    assert words in capsys.readouterr().err
