"""A user's own arm, scanner and depth camera, as a station for a person finds them by their names.

Behind them is a simulated patient, whose seed is the address: the station does not know.
"""

from __future__ import annotations

from sonoreach.control.limits import RegionLimits
from sonoreach.policies.protocol import TransmitPlan
from sonoreach.simulation.arm.driven_arm import DrivenArm
from sonoreach.simulation.front_end import SimulatedFrontEnd
from sonoreach.simulation.patient.patient import Patient
from sonoreach.types.registration import PatientRegistration


class OwnArm(DrivenArm):
    """An arm that is reached at an address."""

    def __init__(self, address: str, limits: RegionLimits) -> None:
        assert limits.max_target_force_n > 0.0
        super().__init__(int(address), "thyroid")


class OwnScanner(SimulatedFrontEnd):
    """A scanner that is reached at an address."""

    def __init__(self, address: str, transmit: TransmitPlan) -> None:
        super().__init__(Patient.from_seed(int(address)), angles_deg=transmit.angles_deg)


def look(address: str) -> PatientRegistration:
    """A depth camera's view."""
    return Patient.from_seed(int(address)).registration()
