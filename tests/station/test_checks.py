from __future__ import annotations

import shutil
from collections import namedtuple

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
