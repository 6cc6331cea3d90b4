"""The work on one plane: search, go there, look around, hold."""

from __future__ import annotations

from dataclasses import replace

from sonoreach.policies.protocol import ProtocolPlane, SearchArea
from sonoreach.policies.skin import SkinModel, SkinPose
from sonoreach.policies.steering.belief import Fix, PlanePrior
from sonoreach.policies.steering.evidence import PlaneEvidence
from sonoreach.policies.steering.motion import distance_m, turn
from sonoreach.policies.steering.search import SearchPath

SURE_M, SURE_WEIGHT = 0.0055, 0.5  # spread below which, and evidence above which, the belief is followed
DEADBAND_M, DEADBAND_RAD = 0.0015, 0.04
JUMP_M, COMMITTED_S = 0.005, 2.0  # a far new goal waits until the present one is reached, or for so long
ARRIVED_M, ARRIVED_RAD = 0.0025, 0.07
SETTLED_WEIGHT = 4.0  # a place that rests on fewer independent frames is looked at from around, before it is held
PATIENCE_S = 2.0  # at the target without a qualified frame, before doubting it
DOUBT = 0.35  # part of the evidence that is kept then
# How far around: so far that the image changes, and the structure is left by a probe that is off its middle.
LOOK_AROUND = {
    "lobe": SearchArea(0.010, 0.0),
    "isthmus": SearchArea(0.007, 0.0),
    "longitudinal": SearchArea(0.0, 0.006),
}
ROLL_GAIN, MAX_ROLL_RAD = 0.5, 0.15  # turn towards the half of the face that lacks contact [rad/s], limit


class PlaneTask:
    """Decisions for one plane.

    Attributes:
        plane: the plane of the protocol.
        prior: what was known at the start.
        evidence: what the frames say.
    """

    def __init__(self, plane: ProtocolPlane, prior: PlanePrior, skin: SkinModel) -> None:
        """Start from a prior."""
        self.plane, self.prior, self.evidence = plane, prior, PlaneEvidence(plane, prior, skin)
        self._longitudinal = plane.spec.orientation == "longitudinal"
        self._path = SearchPath(prior.mean, plane.search, self._longitudinal)
        self._around: SearchPath | None = None
        self._settled = False
        self._goal = prior.mean
        self._goal_age_s = 0.0
        self._last_s: float | None = None
        self._waited_s = 0.0
        self._roll_rad = 0.0

    @property
    def exhausted(self) -> bool:
        """Whether the search has covered its area."""
        return self._path.exhausted

    def decide(self, now_s: float, probe: SkinPose, still: bool) -> tuple[SkinPose, str]:
        """Where to go now, and the mode: "search", "servo" or "hold".

        Args:
            now_s: time [s].
            probe: where the probe stands.
            still: whether it moves slower than what blurs a judgement.
        """
        duration_s = 0.0 if self._last_s is None else now_s - self._last_s
        self._last_s = now_s
        self._level(duration_s)
        goal, mode = self._choose(self.evidence.fix(), probe, still, duration_s)
        return replace(goal, roll_rad=self._roll_rad), mode

    def arrived(self, probe: SkinPose) -> bool:
        """Whether the probe stands at the goal."""
        near = distance_m(probe, self._goal) < ARRIVED_M
        return near and abs(turn(probe.heading_rad, self._goal.heading_rad)) < ARRIVED_RAD

    def _choose(self, fix: Fix, probe: SkinPose, still: bool, duration_s: float) -> tuple[SkinPose, str]:
        if self._around is not None:
            goal = self._around.goal(probe)
            if not self._around.exhausted:
                return goal, "search"
            self._around, self._waited_s, self._goal_age_s = None, 0.0, COMMITTED_S
        sure = max(fix.superior_std_m, fix.left_std_m) < SURE_M and fix.weight > SURE_WEIGHT
        if not sure and not self._path.exhausted:
            self._goal, self._goal_age_s = self._path.goal(probe), COMMITTED_S
            return self._goal, "search"
        self._follow(fix, probe, duration_s)
        if not (still and self.arrived(probe)):
            return self._goal, "servo"
        self._waited_s += duration_s
        if not self._settled and fix.weight < SETTLED_WEIGHT:
            return self._look_around(1.0)
        if self._waited_s > PATIENCE_S:
            return self._look_around(DOUBT)
        return self._goal, "hold"

    def _follow(self, fix: Fix, probe: SkinPose, duration_s: float) -> None:
        """Let the goal follow the belief: small changes not at all, a jump to another mode only once it is time."""
        self._goal_age_s += duration_s
        change_m = distance_m(fix.pose, self._goal)
        turned = abs(turn(self._goal.heading_rad, fix.pose.heading_rad)) > DEADBAND_RAD
        if change_m < DEADBAND_M and not turned:
            return
        if change_m > JUMP_M and not self.arrived(probe) and self._goal_age_s < COMMITTED_S:
            return
        if change_m > JUMP_M:
            self._goal_age_s = 0.0
        self._goal = fix.pose

    def _look_around(self, keep: float) -> tuple[SkinPose, str]:
        """Gather frames from both sides of the goal, keeping this part of the evidence so far."""
        self._settled = True
        self.evidence.doubt(keep)
        area = LOOK_AROUND[self.evidence.kind]
        self._around = SearchPath(self._goal, area, self._longitudinal, raster=False)
        return self._goal, "search"

    def _level(self, duration_s: float) -> None:
        """Turn the face about its y axis towards the half that lacks contact (positive lifts the +x end)."""
        roll = self._roll_rad + ROLL_GAIN * self.evidence.cues.contact_tilt * duration_s
        self._roll_rad = max(-MAX_ROLL_RAD, min(MAX_ROLL_RAD, roll))
