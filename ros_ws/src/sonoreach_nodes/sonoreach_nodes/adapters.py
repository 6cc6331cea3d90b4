"""Which arm, front end and depth camera a station has: simulated, a recording, or a user's own by its name."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from sonoreach.beamform.front_end import FrontEnd
from sonoreach.control.arm import Arm
from sonoreach.control.limits import region_limits
from sonoreach.errors import InputError
from sonoreach.policies.protocol import Protocol
from sonoreach.types.registration import PatientRegistration

SIMULATED = "simulated"
Registrar = Callable[[], PatientRegistration]


def make_arm(adapter: str, address: str, patient: int, protocol: Protocol, epoch_s: float, seed: int = 0) -> Arm:
    """Connect the arm.

    Args:
        adapter: "simulated", or "package.module:Class" of a class behind the `Arm` seam, which is called with
            `address` and the region's limits.
        address: where a real arm is reached, e.g. its host name.
        patient: seed of the simulated patient under the simulated arm.
        protocol: examination, whose body region sets the limits.
        epoch_s: zero of the station's time on the wall clock [s].
        seed: seed of a simulated sensor's noise.

    Raises:
        InputError: no such adapter.
    """
    if adapter != SIMULATED:
        arm: Arm = _checked(_load(adapter, "arm")(address=address, limits=region_limits(protocol.region)), Arm, adapter)
        return arm
    from sonoreach.simulation.arm.driven_arm import DrivenArm

    _check_seed(patient, "arm")
    return DrivenArm(patient, protocol.region, seed=seed, epoch_s=epoch_s)


def make_front_end(
    adapter: str, address: str, patient: int, protocol: Protocol, frame_rate_hz: float, seed: int = 0
) -> FrontEnd:
    """Connect the front end.

    Args:
        adapter: "simulated", "recording", or "package.module:Class" of a class behind the `FrontEnd` seam, which is
            called with `address` and `transmit` (the protocol's plan).
        address: the recording's file, or where a real scanner is reached.
        patient: seed of the simulated patient.
        protocol: examination, which says what is transmitted.
        frame_rate_hz: frames a second [Hz].
        seed: seed of the simulated receiver's noise.

    Raises:
        InputError: no such adapter, or a recording that cannot be read.
    """
    if adapter == "recording":
        from sonoreach.beamform.recording.front_end import RecordedFrontEnd
        from sonoreach.beamform.recording.open import open_recording

        return RecordedFrontEnd(open_recording(Path(address)), repeat=True)
    if adapter != SIMULATED:
        made = _load(adapter, "front end")(address=address, transmit=protocol.transmit)
        front_end: FrontEnd = _checked(made, FrontEnd, adapter)
        return front_end
    from sonoreach.simulation.front_end import SimulatedFrontEnd
    from sonoreach.simulation.patient.patient import Patient

    _check_seed(patient, "front_end")
    angles_deg = protocol.transmit.angles_deg
    return SimulatedFrontEnd(Patient.from_seed(patient), angles_deg=angles_deg, frame_rate_hz=frame_rate_hz, seed=seed)


def make_registrar(adapter: str, address: str, patient: int) -> Registrar:
    """Find out how to look where the patient lies.

    Args:
        adapter: "simulated", or "package.module:function" of a function that is called with `address` before each
            exam and returns a `PatientRegistration`.
        address: where a depth camera is reached.
        patient: seed of the simulated patient.

    Raises:
        InputError: no such adapter.
    """
    if adapter != SIMULATED:
        look = _load(adapter, "registration")
        return lambda: cast(PatientRegistration, _checked(look(address=address), PatientRegistration, adapter))
    from sonoreach.simulation.patient.patient import Patient

    _check_seed(patient, "registration")
    return Patient.from_seed(patient).registration


def _check_seed(patient: int, argument: str) -> None:
    if patient < 0:
        raise InputError(
            f"{argument} is simulated, which needs the seed of a simulated patient, got {patient}: give patient:=SEED, "
            f"or {argument}:=package.module:Name for a real one"
        )


def _load(name: str, what: str) -> Callable[..., Any]:
    module, _, attribute = name.partition(":")
    try:
        found: Callable[..., Any] = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise InputError(
            f"no {what} adapter '{name}': give 'simulated' or the 'package.module:Class' of an installed one ({error})"
        ) from error
    return found


def _checked(made: Any, seam: Any, name: str) -> Any:
    if not isinstance(made, seam):
        raise InputError(f"adapter '{name}' gave a {type(made).__name__}, which is no {seam.__name__}")
    return made
