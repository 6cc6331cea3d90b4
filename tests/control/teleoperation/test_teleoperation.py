"""Teleoperation at round trips of 0 to 1000 ms with jitter and loss, and what the deadman, clutch and fixture do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from sonoreach.control.limits import region_limits
from sonoreach.control.teleoperation.fixture import VirtualFixture
from sonoreach.control.teleoperation.operator import OperatorSide
from sonoreach.control.teleoperation.packets import OperatorPacket, TeleoperationMode
from sonoreach.control.teleoperation.passivity import RESERVE_J, PassivityPort
from sonoreach.control.teleoperation.remote import RemoteSide
from sonoreach.errors import InputError
from sonoreach.simulation.arm.teleoperation_trial import teleoperate
from sonoreach.types.pose import Pose
from sonoreach.types.probe import ProbeState, TargetMode

POSE = Pose.from_axes([0.5, 0.0, 0.3], [1.0, 1.0, 0.0], [0.0, 0.0, -1.0])
STATE = ProbeState(0.0, POSE)


@pytest.mark.parametrize("mode", list(TeleoperationMode))
@pytest.mark.parametrize("round_trip_s", [0.0, 0.3, 1.0])
def test_force_is_shared_and_nothing_swings(mode: TeleoperationMode, round_trip_s: float) -> None:
    result = teleoperate(3, round_trip_s=round_trip_s, mode=mode, duration_s=9.0)
    assert result.force_rms_n < 1.0
    assert result.largest_force_n < 6.0
    assert result.lowest_observer_j >= -RESERVE_J - 1e-9
    assert result.hand_swing_m < 0.01


def test_released_deadman_leaves_the_body() -> None:
    result = teleoperate(3, duration_s=8.0, deadman_until_s=5.0)
    assert result.log[4500:5000, 1].min() > 1.0
    assert result.log[-500:, 2].max() == 0.0


@given(st.lists(st.tuples(st.floats(-0.1, 0.1), st.floats(0.0, 0.05)), max_size=50))
@settings(max_examples=100, deadline=None)
def test_a_port_never_gives_more_than_arrived_and_its_reserve(steps: list[tuple[float, float]]) -> None:
    port, arrived = PassivityPort(), 0.0
    for energy, more in steps:
        arrived += more
        port.arrive(arrived)
        share = port.pass_through(energy)
        assert 0.0 <= share <= 1.0
        assert port.observer_j >= -RESERVE_J - 1e-12


def test_old_and_broken_packets_are_ignored() -> None:
    remote = RemoteSide(region_limits("thyroid"))
    remote.receive(OperatorPacket(5, 0.0, 1, True, force_n=2.0), 0.0)
    remote.receive(OperatorPacket(4, 0.0, 1, True, force_n=4.0), 0.0)
    remote.receive(OperatorPacket(6, 0.0, 1, True, force_n=float("nan")), 0.0)
    target = remote.update(0.02, STATE, 0.02)
    assert target.mode is TargetMode.CONTACT
    assert target.force_n == pytest.approx(2.0)


def test_silence_holds_and_then_leaves() -> None:
    remote = RemoteSide(region_limits("thyroid"))
    assert remote.update(0.0, STATE, 0.02).mode is TargetMode.HOLD
    remote.receive(OperatorPacket(1, 0.0, 1, True, force_n=2.0), 0.0)
    assert remote.update(0.1, STATE, 0.02).mode is TargetMode.CONTACT
    assert remote.update(0.6, STATE, 0.02).mode is TargetMode.HOLD
    assert remote.update(2.0, STATE, 0.02).mode is TargetMode.RETRACT


def test_clutch_begins_again_where_the_hand_is_and_scales() -> None:
    operator = OperatorSide(scale=0.5)
    hand = np.array([0.1, 0.0, 0.0])
    operator.update(hand, np.zeros(3), 0.0, clutch=False, deadman=True, dt=1e-3)
    assert not operator.packet(0.0).engaged
    operator.update(hand, np.zeros(3), 0.0, clutch=True, deadman=True, dt=1e-3)
    operator.update(hand + np.array([0.02, 0.0, 0.0]), np.zeros(3), 0.0, clutch=True, deadman=True, dt=1e-3)
    packet = operator.packet(0.1)
    np.testing.assert_allclose(packet.offset_m, [0.01, 0.0, 0.0])
    operator.update(hand, np.zeros(3), 0.0, clutch=False, deadman=True, dt=1e-3)
    operator.update(hand, np.zeros(3), 0.0, clutch=True, deadman=True, dt=1e-3)
    assert operator.packet(0.2).engagement == packet.engagement + 1


def test_fixture_keeps_the_probe_inside() -> None:
    fixture = VirtualFixture(POSE, radius_m=0.05, tilt_rad=0.3)
    leaning = POSE @ Pose(np.array([0.2, 0.0, 0.01]), Rotation.from_rotvec([0.8, 0.0, 0.0]).as_matrix())
    kept = fixture.apply(leaning)
    across = (POSE.inverse() @ kept).position_m[:2]
    assert np.linalg.norm(across) == pytest.approx(0.05)
    assert np.arccos(kept.rotation[:, 2] @ POSE.rotation[:, 2]) == pytest.approx(0.3)
    assert fixture.apply(POSE).distance_to(POSE) == (0.0, 0.0)
    with pytest.raises(InputError, match="radius"):
        VirtualFixture(POSE, radius_m=-1.0)
