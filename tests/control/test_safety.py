"""The supervisor stops for every cause, names it, and stays stopped."""

import numpy as np
import pytest

from sonoreach.control.limits import region_limits
from sonoreach.control.safety import WATCHED, SafetyParameters, SafetySupervisor
from sonoreach.errors import InputError
from sonoreach.types.pose import Pose
from sonoreach.types.probe import ContactState, ProbeState
from sonoreach.types.safety import SafetyLevel


def state(force_n: float = 3.0, speed_m_s: float = 0.01, x_m: float = 0.5, **fields: object) -> ProbeState:
    twist, wrench = np.zeros(6), np.zeros(6)
    twist[0], wrench[2] = speed_m_s, force_n
    values = {"contact": ContactState.SCAN, **fields}
    return ProbeState(0.0, Pose(np.array([x_m, 0.0, 0.2])), twist, wrench, **values)  # type: ignore[arg-type]


@pytest.fixture
def supervisor() -> SafetySupervisor:
    return SafetySupervisor(SafetyParameters(region_limits("thyroid")))


def run(
    supervisor: SafetySupervisor, start_s: float, end_s: float, probe: ProbeState | None = None, dead: str = ""
) -> None:
    for now_s in np.arange(start_s, end_s, 0.05):
        for part in WATCHED:
            if part == "arm":
                supervisor.observe(probe or state(), now_s)
            elif part != dead:
                supervisor.beat(part, now_s)
        supervisor.update(now_s)


def test_all_well(supervisor: SafetySupervisor) -> None:
    run(supervisor, 0.0, 2.0)
    assert supervisor.update(2.0).level == SafetyLevel.OK


@pytest.mark.parametrize("dead", [p for p in WATCHED if p != "arm"])
def test_names_the_silent_part_within_its_patience(supervisor: SafetySupervisor, dead: str) -> None:
    run(supervisor, 0.0, 1.0)
    run(supervisor, 1.0, 1.65, dead=dead)
    judged = supervisor.update(1.65)
    assert judged.level == SafetyLevel.STOP
    assert judged.silent == (dead,)
    assert dead in judged.cause


def test_time_in_which_it_could_not_listen_is_nobodys_silence(supervisor: SafetySupervisor) -> None:
    run(supervisor, 0.0, 1.0)
    assert supervisor.update(3.0).level == SafetyLevel.OK
    for now_s in np.arange(3.05, 3.9, 0.05):
        judged = supervisor.update(now_s)
    assert judged.level == SafetyLevel.STOP


def test_a_silent_arm_is_named(supervisor: SafetySupervisor) -> None:
    run(supervisor, 0.0, 1.0)
    for now_s in np.arange(1.0, 1.35, 0.05):
        for part in WATCHED[1:]:
            supervisor.beat(part, now_s)
        judged = supervisor.update(now_s)
    assert judged.silent == ("arm",)


def test_a_part_that_never_spoke_is_missed_after_the_grace(supervisor: SafetySupervisor) -> None:
    supervisor.update(0.0)
    assert supervisor.update(19.0).level == SafetyLevel.OK
    assert supervisor.update(21.0).silent == WATCHED


@pytest.mark.parametrize(
    ("probe", "word"),
    [
        (state(force_n=9.5), "force"),
        (state(speed_m_s=0.5), "m/s"),
        (state(x_m=1.2), "workspace"),
        (state(force_n=float("nan")), "finite"),
        (state(contact=ContactState.STOPPED, fault="jolt"), "jolt"),
    ],
)
def test_stops_for_what_the_arm_reports(supervisor: SafetySupervisor, probe: ProbeState, word: str) -> None:
    run(supervisor, 0.0, 0.2, probe)
    judged = supervisor.update(0.2)
    assert judged.level == SafetyLevel.STOP
    assert word in judged.cause


def test_a_stop_is_latched_and_keeps_its_first_cause(supervisor: SafetySupervisor) -> None:
    run(supervisor, 0.0, 0.2, state(force_n=12.0))
    run(supervisor, 0.2, 1.0, state(force_n=0.0))
    assert "force" in supervisor.update(1.0).cause
    supervisor.acknowledge("Dr Li", 1.0)
    assert supervisor.update(1.0).level == SafetyLevel.OK


def test_a_standing_cause_is_not_acknowledged(supervisor: SafetySupervisor) -> None:
    run(supervisor, 0.0, 0.2, state(force_n=12.0))
    with pytest.raises(InputError, match="while its cause stands"):
        supervisor.acknowledge("Dr Li", 0.2)
    with pytest.raises(InputError, match="named person"):
        supervisor.acknowledge(" ", 0.2)


def test_released_parts_may_fall_silent(supervisor: SafetySupervisor) -> None:
    run(supervisor, 0.0, 1.0)
    supervisor.release(WATCHED)
    for now_s in np.arange(1.0, 5.0, 0.05):
        supervisor.update(now_s)
    assert supervisor.update(5.0).level == SafetyLevel.OK


def test_a_hot_probe_warns_then_stops(supervisor: SafetySupervisor) -> None:
    seen = []
    for now_s in np.arange(0.0, 160.0, 0.1):
        for part in WATCHED[1:]:
            supervisor.beat(part, now_s)
        supervisor.observe(state(), now_s)
        supervisor.transmitted(80)  # 800 a second, 1.6 W: settles at 49 °C
        seen.append(supervisor.update(now_s))
    levels = [s.level for s in seen]
    assert levels == sorted(levels)
    assert set(levels) == set(SafetyLevel)
    first_stop = seen[levels.index(SafetyLevel.STOP)]
    assert 43.0 < first_stop.probe_temperature_c < 43.2
    assert "43 °C" in first_stop.cause
