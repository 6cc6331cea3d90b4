"""The exam: goals, progress, captures and results, and the safety supervisor's state."""

from __future__ import annotations

import json

from sonoreach_msgs.msg import CapturedPlane as CapturedPlaneMsg
from sonoreach_msgs.msg import ExamEvent as ExamEventMsg
from sonoreach_msgs.msg import ExamProgress as ExamProgressMsg
from sonoreach_msgs.msg import PlaneGoal as PlaneGoalMsg
from sonoreach_msgs.msg import PlaneResult as PlaneResultMsg
from sonoreach_msgs.msg import SafetyState as SafetyStateMsg
from sonoreach_msgs.msg import SteeringStatus as SteeringStatusMsg

from sonoreach.errors import InputError
from sonoreach.types.exam import (
    CapturedPlane,
    ExamEvent,
    ExamPhase,
    ExamProgress,
    PlaneGoal,
    PlaneResult,
    SteeringStatus,
)
from sonoreach.types.safety import SafetyLevel, SafetyState
from sonoreach_nodes.convert.arm import state_from_msg, state_to_msg
from sonoreach_nodes.convert.common import header, pose_from_msg, set_pose, stamp_from_msg
from sonoreach_nodes.convert.imaging import image_from_msg, image_to_msg
from sonoreach_nodes.convert.plane import estimate_from_msg, estimate_to_msg


def _phase(name: str) -> ExamPhase:
    if name not in list(ExamPhase):
        raise InputError(f"an exam's phase is one of {', '.join(ExamPhase)}, got {name!r}")
    return ExamPhase(name)


def goal_to_msg(value: PlaneGoal, protocol: str) -> PlaneGoalMsg:
    """What the exam asks for, and the protocol that defines it."""
    return PlaneGoalMsg(
        header=header(value.stamp_s, "base"), protocol=protocol, plane=value.plane, phase=value.phase.value
    )


def goal_from_msg(msg: PlaneGoalMsg) -> PlaneGoal:
    """What the exam asks for; InputError when the phase is unknown."""
    return PlaneGoal(plane=msg.plane, phase=_phase(msg.phase), stamp_s=stamp_from_msg(msg.header.stamp))


def steering_status_to_msg(value: SteeringStatus) -> SteeringStatusMsg:
    """What steering says of itself."""
    return SteeringStatusMsg(
        header=header(value.stamp_s, "base"),
        plane=value.plane,
        mode=value.mode,
        exhausted=bool(value.exhausted),
        at_target=bool(value.at_target),
        note=value.note,
    )


def steering_status_from_msg(msg: SteeringStatusMsg) -> SteeringStatus:
    """What steering says of itself."""
    return SteeringStatus(stamp_from_msg(msg.header.stamp), msg.plane, msg.mode, msg.exhausted, msg.at_target, msg.note)


def capture_to_msg(value: CapturedPlane, protocol: str) -> CapturedPlaneMsg:
    """A qualified plane, and the protocol that defines it."""
    return CapturedPlaneMsg(
        header=header(value.stamp_s, "base"),
        protocol=protocol,
        plane=value.plane,
        image=image_to_msg(value.image),
        estimate=estimate_to_msg(value.estimate),
        state=state_to_msg(value.state),
    )


def capture_from_msg(msg: CapturedPlaneMsg) -> CapturedPlane:
    """A qualified plane; InputError when one of its parts is refused."""
    return CapturedPlane(
        plane=msg.plane,
        image=image_from_msg(msg.image),
        estimate=estimate_from_msg(msg.estimate),
        state=state_from_msg(msg.state),
        stamp_s=stamp_from_msg(msg.header.stamp),
    )


def result_to_msg(value: PlaneResult) -> PlaneResultMsg:
    """Outcome of one plane."""
    return PlaneResultMsg(
        plane=value.plane,
        obtained=bool(value.obtained),
        frame_id=int(value.frame_id),
        quality=float(value.quality),
        seconds=float(value.seconds),
        not_obtained_because=value.not_obtained_because,
    )


def result_from_msg(msg: PlaneResultMsg) -> PlaneResult:
    """Outcome of one plane."""
    return PlaneResult(msg.plane, msg.obtained, msg.frame_id, msg.quality, msg.seconds, msg.not_obtained_because)


def progress_to_msg(value: ExamProgress) -> ExamProgressMsg:
    """Progress, as shown to people."""
    return ExamProgressMsg(
        header=header(value.stamp_s, "base"),
        plane=value.plane,
        phase=value.phase.value,
        planes_done=value.planes_done,
        planes_total=value.planes_total,
        elapsed_s=float(value.elapsed_s),
        quality=float(value.quality),
        force_n=float(value.force_n),
        message=value.message,
    )


def progress_from_msg(msg: ExamProgressMsg) -> ExamProgress:
    """Progress, as shown to people; InputError when the phase is unknown."""
    return ExamProgress(
        stamp_s=stamp_from_msg(msg.header.stamp),
        plane=msg.plane,
        phase=_phase(msg.phase),
        planes_done=msg.planes_done,
        planes_total=msg.planes_total,
        elapsed_s=msg.elapsed_s,
        quality=msg.quality,
        force_n=msg.force_n,
        message=msg.message,
    )


def event_to_msg(value: ExamEvent) -> ExamEventMsg:
    """One entry of the timeline."""
    msg = ExamEventMsg(
        header=header(value.stamp_s, "base"),
        kind=value.kind,
        plane=value.plane,
        frame_id=int(value.frame_id),
        force_n=float(value.force_n),
        model_hash=value.model_hash,
        details=json.dumps(value.details),
    )
    set_pose(msg.base_probe, value.base_probe)
    return msg


def event_from_msg(msg: ExamEventMsg) -> ExamEvent:
    """One entry of the timeline; InputError when its details are not a JSON object."""
    try:
        details = json.loads(msg.details or "{}")
    except json.JSONDecodeError as error:
        raise InputError(f"an event's details must be JSON: {error}") from error
    if not isinstance(details, dict):
        raise InputError(f"an event's details must be a JSON object, got {type(details).__name__}")
    return ExamEvent(
        stamp_s=stamp_from_msg(msg.header.stamp),
        kind=msg.kind,
        plane=msg.plane,
        frame_id=msg.frame_id,
        base_probe=pose_from_msg(msg.base_probe),
        force_n=msg.force_n,
        model_hash=msg.model_hash,
        details=details,
    )


def safety_to_msg(value: SafetyState) -> SafetyStateMsg:
    """What the safety supervisor sees."""
    return SafetyStateMsg(
        header=header(value.stamp_s, "base"),
        level=int(value.level),
        cause=value.cause,
        silent=list(value.silent),
        force_n=float(value.force_n),
        speed_m_s=float(value.speed_m_s),
        probe_temperature_c=float(value.probe_temperature_c),
    )


def safety_from_msg(msg: SafetyStateMsg) -> SafetyState:
    """What the safety supervisor sees; InputError when the level is unknown."""
    if msg.level not in list(SafetyLevel):
        raise InputError(f"a safety level is one of {[int(v) for v in SafetyLevel]}, got {msg.level}")
    return SafetyState(
        stamp_s=stamp_from_msg(msg.header.stamp),
        level=SafetyLevel(msg.level),
        cause=msg.cause,
        silent=tuple(msg.silent),
        force_n=msg.force_n,
        speed_m_s=msg.speed_m_s,
        probe_temperature_c=msg.probe_temperature_c,
    )
