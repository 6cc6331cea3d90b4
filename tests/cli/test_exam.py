"""`sonoreach exam`: bad input ends with code 2 and one sentence before anything starts."""

from pathlib import Path

import pytest

from sonoreach.cli.main import main

PROTOCOL = """
name: mine
title: Mine
title_zh: 我的
region: thyroid
force_n: {force}
planes: []
{rest}
"""


def refuse(capsys: pytest.CaptureFixture[str], out: Path, *arguments: str) -> str:
    before = sorted(out.parent.rglob("*"))
    assert main(["exam", "--out", str(out), *arguments]) == 2
    said = capsys.readouterr().err.strip()
    assert sorted(out.parent.rglob("*")) == before, "nothing is left behind"
    assert said.startswith("sonoreach exam: ") and "\n" not in said
    return said


@pytest.mark.parametrize("lockstep", [(), ("--lockstep",)])
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--protocol", "knee"), "unknown protocol 'knee', known: "),
        (("--patient", "-1"), "unknown patient -1, allowed 0 to"),
        (("--patient", str(2**31)), "allowed 0 to 2147483647"),
        (("--planes", "sagittal"), "no plane 'sagittal', known: "),
        (("--model", "/nowhere/m.onnx"), "model file /nowhere/m.onnx is missing"),
        (("--protocol", "/nowhere/p.yaml"), "cannot be read"),
        (("--play", "/nowhere/r.h5"), "/nowhere/r.h5"),
    ],
)
def test_refuses(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    words: str,
    lockstep: tuple[str, ...],
) -> None:
    assert words in refuse(capsys, tmp_path / "exam", *arguments, *lockstep)


@pytest.mark.parametrize(
    ("text", "words"),
    [(PROTOCOL.format(force=9.0, rest=""), "force_n"), (PROTOCOL.format(force=3.0, rest="colour: red"), "colour")],
)
def test_refuses_a_bad_protocol_file(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, words: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    assert words in refuse(capsys, tmp_path / "exam", "--protocol", str(path))


def test_refuses_an_output_folder_in_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "old.txt").write_text("someone's file")
    assert "not empty" in refuse(capsys, tmp_path)


def test_refuses_an_altered_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shipped = Path(__file__).parents[2] / "policies" / "models" / "thyroid.onnx"
    model = tmp_path / "thyroid.onnx"
    model.write_bytes(shipped.read_bytes() + b"x")
    model.with_suffix(".yaml").write_bytes(shipped.with_suffix(".yaml").read_bytes())
    assert "altered" in refuse(capsys, tmp_path / "exam", "--model", str(model))
