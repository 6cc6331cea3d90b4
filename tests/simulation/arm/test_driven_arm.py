"""The arm's drive is a process of its own: it obeys its client, and leaves the patient when that is gone."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import numpy as np
import pytest

from sonoreach.errors import InputError
from sonoreach.simulation.arm.driven_arm import DrivenArm
from sonoreach.types.probe import ProbeTarget, TargetMode

pytestmark = pytest.mark.system

ORPHAN = """
import os, time
from sonoreach.simulation.arm.driven_arm import DrivenArm
arm = DrivenArm(10012, "thyroid", epoch_s=time.time())
print(arm.drive_pid, flush=True)
os.kill(os.getpid(), 9)
"""


@pytest.fixture
def arm() -> Iterator[DrivenArm]:
    driven = DrivenArm(10012, "thyroid", epoch_s=time.time())
    yield driven
    driven.close()


def test_it_runs_in_real_time_and_obeys(arm: DrivenArm) -> None:
    first = arm.state()
    assert len(arm.joint_names) == len(first.joint_position_rad) == 7
    there = np.array([0.0, 0.03, 0.02])
    for _ in range(20):
        now = arm.state()
        arm.command(
            ProbeTarget(
                now.stamp_s,
                type(now.base_probe)(first.base_probe.position_m + there, first.base_probe.rotation),
                mode=TargetMode.FREE,
                max_speed_m_s=0.1,
            )
        )
        arm.advance(0.05)
    last = arm.state()
    assert last.stamp_s - first.stamp_s > 0.9
    assert np.linalg.norm(last.base_probe.position_m - first.base_probe.position_m) > 0.02
    arm.stop("test")
    arm.advance(0.2)
    assert arm.state().fault == "test"


def test_a_bad_target_is_refused_on_this_side(arm: DrivenArm) -> None:
    with pytest.raises(InputError, match="force"):
        arm.command(ProbeTarget(0.0, arm.state().base_probe, force_n=99.0, mode=TargetMode.CONTACT))


def test_a_bad_patient_is_refused() -> None:
    with pytest.raises(InputError, match="patient seed"):
        DrivenArm(-5, "thyroid")


def test_the_drive_ends_after_its_client() -> None:
    client = subprocess.run([sys.executable, "-c", ORPHAN], stdout=subprocess.PIPE, text=True, check=False)
    pid = int(client.stdout.split()[0])
    deadline_s = time.monotonic() + 10.0
    while time.monotonic() < deadline_s:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    os.kill(pid, 9)
    pytest.fail("the drive lives on without its client")
