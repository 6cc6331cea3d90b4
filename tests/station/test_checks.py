from __future__ import annotations

import py_compile
import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from sonoreach.station import checks

Usage = namedtuple("Usage", "total used free")


def test_every_fault_says_what_to_do() -> None:
    for check in checks.run_checks():
        assert check.verdict in ("ok", "note", "fault")
        assert check.seen
        assert check.verdict != "fault" or check.advice


def test_full_shared_memory_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(2**30, 2**30, 0))
    found = checks.check_shared_memory()
    assert found.verdict == "fault"
    assert "256 MiB" in found.advice


def test_missing_server_is_only_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert {check.verdict for check in checks.check_servers()} == {"note"}


def test_missing_bytecode_is_noted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, kept in (("quick", True), ("slow", False)):
        (tmp_path / f"{name}.py").write_text("")
        if kept:
            py_compile.compile(str(tmp_path / f"{name}.py"))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(checks, "_LARGE", ("quick", "slow"))
    found = checks.check_bytecode()
    assert found.verdict == "note" and "none is kept of slow," in found.seen and "warm_up" in found.advice
