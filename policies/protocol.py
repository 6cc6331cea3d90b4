"""Protocols: which planes an examination wants, where to look for them and how hard to press.

A protocol is a YAML file whose keys are the fields of the classes below, in SI units:

    name: thyroid
    region: thyroid          # row of the limits table in sonoreach.control.limits
    force_n: 3.0
    planes:
      - spec: {name: isthmus_transverse, ...}      # a PlaneSpec: criteria, time limit, measurements
        start: {superior_m: 0.0, left_m: 0.0}      # from the reference point on the skin
"""

from __future__ import annotations

import hashlib
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sonoreach.beamform.acoustic_output import check_acoustic_output
from sonoreach.beamform.drive import Drive, estimate_output
from sonoreach.beamform.probes import probe_by_name
from sonoreach.control.limits import region_limits
from sonoreach.errors import InputError
from sonoreach.perception.measure import MEASURES
from sonoreach.policies.protocol_reader import build, read_yaml
from sonoreach.types.channel_data import TransmitEvent, TransmitKind
from sonoreach.types.plane import PlaneSpec

PROTOCOL_FOLDER = Path(__file__).parent / "protocols"
Landmark = Literal["sternal_notch", "chin"]


@dataclass(frozen=True)
class Reference:
    """Point of the midline from which starts are counted.

    Attributes:
        inferior, superior: landmarks of the registration.
        fraction: way from `inferior` (0) to `superior` (1).
    """

    inferior: Landmark = "sternal_notch"
    superior: Landmark = "chin"
    fraction: float = 0.22


@dataclass(frozen=True)
class StartOffset:
    """Where a plane is expected: from the reference point along the skin [m], turn about the normal [rad].

    The standard deviations say how far from there it lies in the population.
    """

    superior_m: float = 0.0
    left_m: float = 0.0
    yaw_rad: float = 0.0
    superior_std_m: float = 0.010
    left_std_m: float = 0.006
    yaw_std_rad: float = 0.15


@dataclass(frozen=True)
class SearchArea:
    """Half extents of the area that is swept when nothing is recognised [m]."""

    superior_m: float = 0.025
    left_m: float = 0.010


@dataclass(frozen=True)
class TransmitPlan:
    """What the scanner sends.

    Attributes:
        angles_rad: steering of its plane waves, positive towards +x [rad].
        probe: name of the array that `drive` belongs to.
        drive: settings of the transmitter; without them nothing is said about the output.
    """

    angles_rad: tuple[float, ...] = (-0.13963, 0.0, 0.13963)
    probe: str = "L50-7.5"
    drive: Drive | None = None

    @property
    def angles_deg(self) -> tuple[float, ...]:
        """The angles in degrees."""
        return tuple(math.degrees(angle) for angle in self.angles_rad)

    def check_output(self) -> None:
        """Refuse settings whose estimated output is beyond the limits of general use.

        Raises:
            InputError: an unknown probe, or an index beyond its limit.
        """
        if self.drive is not None:
            waves = [TransmitEvent(TransmitKind.PLANE, angle) for angle in self.angles_rad]
            check_acoustic_output(estimate_output(waves, probe_by_name(self.probe), self.drive))


@dataclass(frozen=True)
class ProtocolPlane:
    """One plane of a protocol: what it asks, where it starts, where it is searched."""

    spec: PlaneSpec
    start: StartOffset = StartOffset()
    search: SearchArea = SearchArea()


@dataclass(frozen=True)
class Protocol:
    """An examination.

    Attributes:
        name: identifier; title, title_zh: text for people.
        region: body region, a row of the limits table.
        force_n: pressing force [N].
        planes: in the order in which they are taken.
        reference: where starts are counted from.
        transmit: transmit plan.
        max_speed_m_s, max_turn_rad_s: speed of the probe along the skin and about its normal.
        time_limit_s: time after which the exam ends with what it has [s].
        source, sha256: file that it was read from, and its hash.
    """

    name: str
    title: str
    title_zh: str
    region: str
    force_n: float
    planes: tuple[ProtocolPlane, ...]
    reference: Reference = Reference()
    transmit: TransmitPlan = TransmitPlan()
    max_speed_m_s: float = 0.025
    max_turn_rad_s: float = 0.7
    time_limit_s: float = 240.0
    source: str = ""
    sha256: str = ""

    @classmethod
    def load(cls, name_or_path: str | Path) -> Protocol:
        """Read a protocol by its name ("thyroid") or from a YAML file.

        Raises:
            InputError: unknown name, unreadable file, unknown or missing key, wrong type, value out of range,
                or a force beyond the region's limit; the text names the key, what it was and what is allowed.
        """
        path = Path(name_or_path)
        if path.suffix not in {".yaml", ".yml"}:
            path = PROTOCOL_FOLDER / f"{name_or_path}.yaml"
            if str(name_or_path) not in known_protocols():
                raise InputError(f"unknown protocol '{name_or_path}', known: {', '.join(known_protocols())}")
        try:
            text = path.read_bytes()
        except OSError as error:
            raise InputError(f"protocol file {path} cannot be read: {error.strerror}") from error
        provenance = {"source": path.name, "sha256": hashlib.sha256(text).hexdigest()}
        return check_protocol(build(cls, read_yaml(text, path.name), path.name, provenance), path.name)

    def plane(self, name: str) -> ProtocolPlane:
        """The plane of that name.

        Raises:
            InputError: the protocol has no such plane.
        """
        for plane in self.planes:
            if plane.spec.name == name:
                return plane
        known = ", ".join(p.spec.name for p in self.planes)
        raise InputError(f"protocol {self.name} has no plane '{name}', known: {known}")


def known_protocols() -> list[str]:
    """Names of the protocols that ship with SonoReach."""
    return sorted(p.stem for p in PROTOCOL_FOLDER.glob("*.yaml"))


def check_protocol(protocol: Protocol, where: str) -> Protocol:
    """Check what concerns a protocol as a whole; returns it.

    Raises:
        InputError: no plane, a plane twice, or a force, speed or acoustic output beyond the limits.
    """
    try:
        limit_n = region_limits(protocol.region).max_target_force_n
    except InputError as error:
        raise InputError(f"{where}: region: {error}") from error
    if not 0.0 < protocol.force_n <= limit_n:
        raise InputError(
            f"{where}: force_n is {protocol.force_n:g}, allowed above 0 to {limit_n:g} N in region {protocol.region}"
        )
    names = [p.spec.name for p in protocol.planes]
    if not names or len(set(names)) != len(names):
        raise InputError(f"{where}: planes must be one or more with different names, got {names}")
    for name in (protocol.name, *names):  # they name files, topics and options
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,47}", name):
            raise InputError(f"{where}: name is '{name}', allowed up to 48 of a-z, 0-9 and _, a letter first")
    for plane in protocol.planes:
        for name in plane.spec.measurements:
            if name not in MEASURES:
                known = ", ".join(MEASURES)
                raise InputError(f"{where}: plane {plane.spec.name} asks for measurement '{name}', known: {known}")
    for key, value, most in (
        ("max_speed_m_s", protocol.max_speed_m_s, 0.05),
        ("max_turn_rad_s", protocol.max_turn_rad_s, 1.5),
    ):
        if not 0.0 < value <= most:
            raise InputError(f"{where}: {key} is {value:g}, allowed above 0 to {most:g}")
    aperture_limit = math.radians(30.0)
    if not protocol.transmit.angles_rad or max(map(abs, protocol.transmit.angles_rad)) > aperture_limit:
        raise InputError(
            f"{where}: transmit.angles_rad is {list(protocol.transmit.angles_rad)}, allowed one or more "
            f"angles of at most {aperture_limit:.3f} rad"
        )
    try:
        protocol.transmit.check_output()
    except InputError as error:
        raise InputError(f"{where}: transmit: {error}") from error
    return protocol
