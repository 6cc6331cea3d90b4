"""The exam's bookkeeping: matching frames, judging them, telling why not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sonoreach.errors import InputError
from sonoreach.policies.exam import ExamRunner
from sonoreach.policies.exam.frame_matcher import Frame, FrameMatcher
from sonoreach.policies.exam.plane_watch import PlaneWatch
from sonoreach.policies.protocol import Protocol
from sonoreach.types.image import BModeImage
from sonoreach.types.plane import Criterion, PlaneEstimate, PlaneOffset
from sonoreach.types.pose import Pose
from sonoreach.types.probe import ContactState, ProbeState

SPEC = replace(Protocol.load("thyroid").planes[0].spec, hold_s=0.4)
FORCE_N, RATE_HZ = 3.0, 15.0


def image(frame_id: int) -> BModeImage:
    return BModeImage(np.zeros((4, 4), np.uint8), -0.027, 0.018, 0.0, 0.014, 60.0, frame_id / RATE_HZ, frame_id)


def frame(
    frame_id: int, *, met: bool = True, offset_m: float = 0.0, quality: float = 0.9, force_n: float = FORCE_N
) -> Frame:
    state = ProbeState(
        frame_id / RATE_HZ, Pose(), wrench=np.array([0, 0, force_n, 0, 0, 0.0]), contact=ContactState.SCAN
    )
    criteria = (Criterion("quality", quality, 0.5, 1.0, met),)
    offset = PlaneOffset(offset_m, 0.0, 0.0, 0.001, 0.001, 0.05)
    stamp, name = frame_id / RATE_HZ, SPEC.name
    estimate = PlaneEstimate(stamp, frame_id, Pose(), name, name, 0.9, quality, 1.0, offset, (), criteria)
    return Frame(image(frame_id), estimate, state)


def test_the_best_frame_of_a_whole_hold_is_captured() -> None:
    watch = PlaneWatch(SPEC, FORCE_N)
    for i in range(8):
        watch.add(frame(i, offset_m=0.004 if i != 3 else 0.0), at_target=True)
    assert watch.held_s == pytest.approx(7 / RATE_HZ)
    capture = watch.capture()
    assert capture is not None and capture.image.frame_id == 3


@pytest.mark.parametrize(
    ("bad", "at_target", "name"),
    [
        (frame(4, met=False), True, "quality"),
        (frame(4, force_n=1.5), True, "force"),
        (frame(4), False, "at_target"),
        (replace(frame(4), state=replace(frame(4).state, contact=ContactState.RECOVER)), True, "contact_state"),
        (replace(frame(4), state=replace(frame(4).state, twist=np.full(6, 0.02))), True, "motion"),
        (replace(frame(4), estimate=replace(frame(4).estimate, criteria=())), True, "criteria"),
    ],
)
def test_one_bad_frame_breaks_the_hold_and_is_named(bad: Frame, at_target: bool, name: str) -> None:
    watch = PlaneWatch(SPEC, FORCE_N)
    for i in range(4):
        watch.add(frame(i), at_target=True)
    watch.add(bad, at_target)
    assert watch.held_s == 0.0 and watch.capture() is None
    assert f"{name} in 20 %" in watch.reason()


def test_a_gap_between_frames_breaks_the_hold() -> None:
    watch = PlaneWatch(SPEC, FORCE_N)
    watch.add(frame(0), at_target=True)
    watch.add(frame(30), at_target=True)
    assert watch.held_s == 0.0 and watch.qualified


def test_motion_along_the_probe_follows_the_breathing_skin_and_is_no_fault() -> None:
    breathing = replace(frame(0).state, twist=np.array([0.0, 0.0, 0.02, 0.0, 0.0, 0.0]))
    assert PlaneWatch(SPEC, FORCE_N).missed(replace(frame(0), state=breathing), at_target=True) == []


def test_no_frame_at_all_is_said() -> None:
    assert PlaneWatch(SPEC, FORCE_N).reason() == "no image was judged"


def test_an_estimate_finds_its_own_image_and_the_state_of_that_time() -> None:
    matcher = FrameMatcher()
    for i in range(10):
        matcher.add(frame(i).state, image(i))
    late = frame(4).estimate
    got = matcher.match(late, SPEC.name)
    assert got is not None and got.image.frame_id == 4
    assert got.state.stamp_s == pytest.approx(4 / RATE_HZ)
    assert matcher.match(late, SPEC.name) is None  # once is enough
    assert matcher.match(frame(7).estimate, "left_transverse") is None
    assert matcher.match(frame(99).estimate, SPEC.name) is None


def test_an_arm_that_stops_by_itself_ends_the_exam_with_its_reason() -> None:
    exam = ExamRunner(Protocol.load("thyroid"))
    stopped = replace(frame(0).state, contact=ContactState.STOPPED, fault="force beyond the reflex limit")
    step = exam.update(0.0, stopped, None, None, None, None)
    assert step.finished and step.ended == "force beyond the reflex limit"


def test_an_unknown_plane_is_refused() -> None:
    with pytest.raises(InputError, match="no plane 'spleen'"):
        ExamRunner(Protocol.load("thyroid"), ["spleen"])
