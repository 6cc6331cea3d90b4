"""What the planes found so far tell about the next ones."""

from __future__ import annotations

import math

import numpy as np

from sonoreach.policies.protocol import Protocol, ProtocolPlane
from sonoreach.policies.skin import SkinModel, SkinPose
from sonoreach.policies.steering.belief import PlanePrior
from sonoreach.types.registration import PatientRegistration

LONGITUDINAL_HEADING_RAD = math.pi / 2.0
SIDE_SIGN = {"right": -1.0, "middle": 0.0, "left": 1.0}
MIN_TRACK_M = 0.012  # a lobe's axis is fitted only to centres that lie this far apart
TRACK_BIN_M = 0.002
TRACK_STD_M = 0.0015  # error of a centre that neighbours share


class NeckMemory:
    """Places of found planes, the midline under the trachea, and the centres of each lobe along the neck."""

    def __init__(self, protocol: Protocol, registration: PatientRegistration, skin: SkinModel) -> None:
        """Start with the landmarks alone."""
        self._protocol = protocol
        reference = protocol.reference
        ends = [
            np.array(skin.coordinates(registration.landmarks_m[name]))
            for name in (reference.inferior, reference.superior)
        ]
        self._reference = ends[0] + reference.fraction * (ends[1] - ends[0])
        self._found: dict[str, SkinPose] = {}
        self._midline: dict[int, float] = {}
        self._track: dict[str, dict[int, float]] = {"right": {}, "left": {}}

    def remember_plane(self, name: str, pose: SkinPose) -> None:
        """A plane has been captured here."""
        self._found[name] = pose

    def remember_midline(self, superior_m: float, left_m: float) -> None:
        """The trachea's centre lies under this place."""
        self._midline[round(superior_m / TRACK_BIN_M)] = left_m

    def remember_lobe(self, side: str, superior_m: float, left_m: float) -> None:
        """The centre of a lobe's cross-section lies under this place."""
        self._track[side][round(superior_m / TRACK_BIN_M)] = left_m

    def midline_left_m(self) -> float:
        """Left coordinate of the midline: the trachea's where it was seen, else the landmarks'."""
        if len(self._midline) < 3:
            return float(self._reference[1])
        return float(np.median(list(self._midline.values())))

    def lobe_slope(self, side: str) -> tuple[float, float] | None:
        """How far a lobe's axis runs to the left for each metre towards superior, and its standard deviation."""
        track = self._track.get(side, {})
        s = np.array(list(track)) * TRACK_BIN_M
        if len(track) < 5 or np.ptp(s) < MIN_TRACK_M:
            return None
        v = np.array(list(track.values()))
        slope, level = np.polyfit(s, v, 1)
        residual = np.abs(v - slope * s - level)
        good = residual <= max(2.0 * float(residual.std()), 5e-4)
        if np.ptp(s[good]) < MIN_TRACK_M:
            return None
        return float(np.polyfit(s[good], v[good], 1)[0]), 2.0 * TRACK_STD_M / float(np.ptp(s[good]))

    def prior(self, plane: ProtocolPlane) -> PlanePrior:
        """What is known of a plane before it is looked for.

        The same side's other plane has the same centre; the other side's planes are mirrored at the midline;
        otherwise the protocol's start counts, moved by how far earlier planes lay from theirs.
        """
        spec, start = plane.spec, plane.start
        heading, heading_std = _usual_heading(plane) + self._heading_shift(), start.yaw_std_rad
        slope = self.lobe_slope(spec.side)
        if slope is not None:  # the probe's y (transverse) or x (longitudinal) runs along the lobe's axis
            share = heading_std**2 / (heading_std**2 + slope[1] ** 2)
            heading += share * (math.atan(slope[0]) - start.yaw_rad)
            heading_std *= math.sqrt(1.0 - share)
        centre = self._centre_of(spec.side)
        if centre is not None:
            s, v, s_std, v_std = centre
            return PlanePrior(SkinPose(s, v, heading), s_std, v_std, heading_std)
        s = float(self._reference[0]) + start.superior_m + self._superior_shift()
        v = self.midline_left_m() + start.left_m
        known = 0.7 if self._found else 1.0
        return PlanePrior(SkinPose(s, v, heading), start.superior_std_m * known, start.left_std_m * known, heading_std)

    def _centre_of(self, side: str) -> tuple[float, float, float, float] | None:
        """Superior and left of a lobe's centre with standard deviations, from a plane of it or of its mirror."""
        if side == "middle":
            return None
        for other_side, s_std, v_std in ((side, 0.003, 0.003), ("left" if side == "right" else "right", 0.004, 0.004)):
            poses = [self._found[p.spec.name] for p in self._protocol.planes
                     if p.spec.side == other_side and p.spec.name in self._found]  # fmt: skip
            if poses:
                # A transverse plane knows its place along the neck worst, a longitudinal one best: average.
                s = sum(p.superior_m for p in poses) / len(poses)
                v = sum(p.left_m for p in poses) / len(poses)
                return s, v if other_side == side else 2.0 * self.midline_left_m() - v, s_std, v_std
        return None

    def _heading_shift(self) -> float:
        """How far the planes found so far are turned from the usual, as far as it is the body that is turned [rad]."""
        shifts = [
            self._found[p.spec.name].heading_rad - _usual_heading(p)
            for p in self._protocol.planes
            if p.spec.name in self._found
        ]
        return sum(shifts) / (len(shifts) + 1.0)

    def _superior_shift(self) -> float:
        """How far superior the planes found so far lie of their starts, on average [m]."""
        shifts = [
            self._found[p.spec.name].superior_m - float(self._reference[0]) - p.start.superior_m
            for p in self._protocol.planes
            if p.spec.name in self._found
        ]
        return float(np.mean(shifts)) if shifts else 0.0


def _usual_heading(plane: ProtocolPlane) -> float:
    """Heading of a plane in the population [rad]."""
    return plane.start.yaw_rad + (LONGITUDINAL_HEADING_RAD if plane.spec.orientation == "longitudinal" else 0.0)
