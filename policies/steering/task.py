"""The work on one plane: gather evidence, decide whether to search, to go there, or to look around."""

from __future__ import annotations

from dataclasses import replace

from sonoreach.policies.protocol import ProtocolPlane, SearchArea
from sonoreach.policies.skin import SkinModel, SkinPose
from sonoreach.policies.steering.belief import Fix, PlaneBelief, PlanePrior
from sonoreach.policies.steering.cues import Cues, read_cues
from sonoreach.policies.steering.motion import distance_m, turn
from sonoreach.policies.steering.search import SearchPath
from sonoreach.types.plane import PlaneEstimate

# Usual half extent of the wanted structure along the probe's elevation, and its spread [m]: length of a lobe,
# height of the isthmus, width of a lobe (sources in simulation/patient/draw.py).
EXTENT_M = {"lobe": (0.0215, 0.0035), "isthmus": (0.0075, 0.002), "longitudinal": (0.0075, 0.002)}
DEPTH_M = {"lobe": 0.020, "isthmus": 0.009, "longitudinal": 0.020}  # of its centre, when it is not seen
STD_FLOOR_M, STD_FLOOR_RAD = 0.0015, 0.04  # model error that the network does not know of
CENTRE_STD_M = 0.0025
OBSERVE_WITHIN_RAD = 0.6  # an image turned further says nothing of the wanted plane
SURE_M, SURE_WEIGHT = 0.0055, 0.5  # spread below which, and evidence above which, the belief is followed
DEADBAND_M, DEADBAND_RAD = 0.0015, 0.04
ARRIVED_M, ARRIVED_RAD = 0.0025, 0.07
PATIENCE_S = 2.0  # at the target without a qualified frame, before looking around
LOOK_AROUND = SearchArea(superior_m=0.007, left_m=0.005)
DOUBT = 0.35  # part of the evidence that is kept then
ROLL_GAIN, MAX_ROLL_RAD = 0.5, 0.15  # turn towards the half of the face that lacks contact [rad/s], limit


class PlaneTask:
    """Evidence and decisions for one plane.

    Attributes:
        plane: the plane of the protocol.
        prior: what was known at the start.
        cues: cues of the latest frame.
        last_frame: frame id of the latest estimate taken in; -1 before the first.
    """

    def __init__(self, plane: ProtocolPlane, prior: PlanePrior, skin: SkinModel) -> None:
        """Start from a prior."""
        self.plane, self.prior, self.cues = plane, prior, Cues(False, None, None, 0.0, None, 0.0)
        self._skin = skin
        self._belief = PlaneBelief(prior)
        self._longitudinal = plane.spec.orientation == "longitudinal"
        self._kind = "longitudinal" if self._longitudinal else "isthmus" if plane.spec.side == "middle" else "lobe"
        self._path = SearchPath(prior.mean, plane.search, self._longitudinal)
        self._around: SearchPath | None = None
        self._goal = prior.mean
        self.last_frame = -1
        self._last_s: float | None = None
        self._waited_s = 0.0
        self._roll_rad = 0.0

    @property
    def exhausted(self) -> bool:
        """Whether the search has covered its area."""
        return self._path.exhausted

    def fix(self) -> Fix:
        """The present belief."""
        return self._belief.fix()

    def observe(self, estimate: PlaneEstimate) -> None:
        """Take in the estimate of one frame (again: ignored)."""
        if estimate.frame_id == self.last_frame or estimate.wanted != self.plane.spec.name:
            return
        self.last_frame = estimate.frame_id
        probe = self._skin.skin_pose(estimate.base_probe)
        if abs(turn(self.prior.mean.heading_rad, probe.heading_rad)) > OBSERVE_WITHIN_RAD:
            return
        weight = self._belief.step(estimate.stamp_s, probe) * min(1.0, estimate.contact / 0.5)
        cues = read_cues(estimate, self.plane.spec)
        if cues is not None:
            self.cues = cues
            self._observe_cues(estimate, probe, weight)
        self._observe_offset(estimate, probe, weight)

    def decide(self, now_s: float, probe: SkinPose, still: bool) -> tuple[SkinPose, str]:
        """Where to go now, and the mode: "search", "servo" or "hold"."""
        duration = 0.0 if self._last_s is None else now_s - self._last_s
        self._last_s = now_s
        self._level(duration)
        fix = self.fix()
        sure = max(fix.superior_std_m, fix.left_std_m) < SURE_M and fix.weight > SURE_WEIGHT
        if self._around is not None:
            goal = self._around.goal(probe)
            if not self._around.exhausted:
                return self._rolled(goal), "search"
            self._around, self._waited_s = None, 0.0
        if not sure and not self._path.exhausted:
            self._goal = self._path.goal(probe)
            return self._rolled(self._goal), "search"
        far = distance_m(fix.pose, self._goal) > DEADBAND_M
        if far or abs(turn(self._goal.heading_rad, fix.pose.heading_rad)) > DEADBAND_RAD:
            self._goal = fix.pose
        arrived = still and self.arrived(probe)
        self._waited_s = self._waited_s + duration if arrived else self._waited_s
        if self._waited_s > PATIENCE_S:
            self._belief.soften(DOUBT)
            self._around = SearchPath(self._goal, LOOK_AROUND, self._longitudinal, raster=False)
        return self._rolled(self._goal), "hold" if arrived else "servo"

    def arrived(self, probe: SkinPose) -> bool:
        """Whether the probe stands at the goal."""
        near = distance_m(probe, self._goal) < ARRIVED_M
        return near and abs(turn(probe.heading_rad, self._goal.heading_rad)) < ARRIVED_RAD

    def _observe_offset(self, estimate: PlaneEstimate, probe: SkinPose, weight: float) -> None:
        """Place and heading as the network predicts them."""
        offset = estimate.offset
        if offset is None:
            return
        depth = self.cues.z_m if self.cues.z_m is not None else DEPTH_M[self._kind]
        direct, mirrored = (
            self._skin.above(estimate.base_probe.apply([offset.x_m, y_m, depth])) for y_m in (offset.y_m, -offset.y_m)
        )
        heading = probe.heading_rad + offset.yaw_rad
        std = (max(offset.x_std_m, STD_FLOOR_M), max(offset.y_std_m, STD_FLOOR_M))
        self._belief.observe_place(weight, direct, mirrored, probe.heading_rad, std)
        self._belief.observe_heading(weight, heading, max(offset.yaw_std_rad, STD_FLOOR_RAD))

    def _observe_cues(self, estimate: PlaneEstimate, probe: SkinPose, weight: float) -> None:
        """Presence of the structure, and its centre in the image."""
        cues = self.cues
        if estimate.contact > 0.6:
            self._belief.observe_presence(weight, probe, cues.seen, *EXTENT_M[self._kind])
        if cues.x_m is not None:
            depth = cues.z_m if cues.z_m is not None else DEPTH_M[self._kind]
            place = self._skin.above(estimate.base_probe.apply([cues.x_m, 0.0, depth]))
            self._belief.observe_line(weight, *place, probe.heading_rad, CENTRE_STD_M)

    def _level(self, duration_s: float) -> None:
        """Turn the face about its y axis towards the half that lacks contact (positive lifts the +x end)."""
        roll = self._roll_rad + ROLL_GAIN * self.cues.contact_tilt * duration_s
        self._roll_rad = max(-MAX_ROLL_RAD, min(MAX_ROLL_RAD, roll))

    def _rolled(self, goal: SkinPose) -> SkinPose:
        return replace(goal, roll_rad=self._roll_rad)
