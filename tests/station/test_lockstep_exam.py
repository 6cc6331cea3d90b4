"""A lock-step exam leaves a whole folder, the same one each time."""

import json
from pathlib import Path
from typing import Any

import pytest
from mcap.reader import make_reader

from sonoreach.beamform.recording.open import open_recording
from sonoreach.policies.protocol import Protocol
from sonoreach.station.lockstep_exam import run_lockstep
from sonoreach_nodes.open_exam import exam_header

PLANE = "isthmus_transverse"


def exam(out: Path, record: bool = False) -> Any:
    protocol = Protocol.load("thyroid")
    header = exam_header(protocol, [PLANE], 10012, "lockstep")
    result, folder = run_lockstep(protocol, [PLANE], header, out, record=record)
    assert folder == out
    assert [r.plane for r in result.results] == [PLANE]
    record_ = json.loads((out / "exam.json").read_text())
    record_.pop("wall_clock")
    return record_


@pytest.mark.system
def test_twice_the_same(tmp_path: Path) -> None:
    first, second = exam(tmp_path / "a", record=True), exam(tmp_path / "b")
    assert first == second
    with (tmp_path / "a" / "exam.mcap").open("rb") as file:
        topics = {channel.topic for _, channel, _ in make_reader(file).iter_messages()}
    assert topics >= {"/beamformer/image", "/perception/plane", "/exam/event", "/arm/probe_state"}
    recording = open_recording(tmp_path / "a" / "recording.h5")
    assert recording.n_frames == len(first["frames"]["frame_id"])
    recording.close()
