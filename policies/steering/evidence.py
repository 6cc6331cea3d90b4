"""Evidence of one plane: every frame's estimate and cues, gathered into the belief."""

from __future__ import annotations

from sonoreach.policies.protocol import ProtocolPlane
from sonoreach.policies.skin import SkinModel, SkinPose
from sonoreach.policies.steering.belief import Fix, PlaneBelief, PlanePrior
from sonoreach.policies.steering.cues import Cues, read_cues
from sonoreach.policies.steering.motion import turn
from sonoreach.types.plane import PlaneEstimate

# Usual half extent of the wanted structure along the probe's elevation, and its spread [m]: length of a lobe,
# height of the isthmus, width of a lobe (sources in simulation/patient/draw.py).
EXTENT_M = {"lobe": (0.0215, 0.0035), "isthmus": (0.0075, 0.003), "longitudinal": (0.0075, 0.002)}
DEPTH_M = {"lobe": 0.020, "isthmus": 0.009, "longitudinal": 0.020}  # of its centre, when it is not seen
STD_FLOOR_M, STD_FLOOR_RAD = 0.0015, 0.04  # model error that the network does not know of
CENTRE_STD_M = 0.0025
OBSERVE_WITHIN_RAD = 0.6  # an image turned further says nothing of the wanted plane
MIN_CONTACT = 0.6  # below it, a structure may be missing for want of contact


class PlaneEvidence:
    """What the frames so far say of one plane.

    Attributes:
        kind: "lobe" or "isthmus" in cross-section, or "longitudinal".
        cues: cues of the latest frame.
        last_frame: frame id of the latest estimate taken in; -1 before the first.
    """

    def __init__(self, plane: ProtocolPlane, prior: PlanePrior, skin: SkinModel) -> None:
        """Start from a prior."""
        spec = plane.spec
        transverse = "isthmus" if spec.side == "middle" else "lobe"
        self.kind = "longitudinal" if spec.orientation == "longitudinal" else transverse
        self.cues = Cues(False, None, None, 0.0, None, 0.0)
        self.last_frame = -1
        self._spec, self._prior, self._skin = spec, prior, skin
        self._belief = PlaneBelief(prior)

    def fix(self) -> Fix:
        """The present belief."""
        return self._belief.fix()

    def doubt(self, keep: float) -> None:
        """Keep only a part of the evidence (0-1)."""
        self._belief.soften(keep)

    def observe(self, estimate: PlaneEstimate) -> None:
        """Take in the estimate of one frame (again: ignored)."""
        if estimate.frame_id == self.last_frame or estimate.wanted != self._spec.name:
            return
        self.last_frame = estimate.frame_id
        probe = self._skin.skin_pose(estimate.base_probe)
        if abs(turn(self._prior.mean.heading_rad, probe.heading_rad)) > OBSERVE_WITHIN_RAD:
            return
        weight = self._belief.step(estimate.stamp_s, probe) * min(1.0, estimate.contact / 0.5)
        cues = read_cues(estimate, self._spec)
        if cues is not None:
            self.cues = cues
            self._observe_cues(estimate, probe, weight)
        self._observe_offset(estimate, probe, weight)

    def _observe_offset(self, estimate: PlaneEstimate, probe: SkinPose, weight: float) -> None:
        """Place and heading as the network predicts them."""
        offset = estimate.offset
        if offset is None:
            return
        depth = self.cues.z_m if self.cues.z_m is not None else DEPTH_M[self.kind]
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
        if estimate.contact > MIN_CONTACT:
            self._belief.observe_presence(weight, probe, cues.seen, *EXTENT_M[self.kind])
        if cues.x_m is not None:
            depth = cues.z_m if cues.z_m is not None else DEPTH_M[self.kind]
            place = self._skin.above(estimate.base_probe.apply([cues.x_m, 0.0, depth]))
            self._belief.observe_line(weight, *place, probe.heading_rad, CENTRE_STD_M)
