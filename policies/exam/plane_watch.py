"""Watches the frames of one plane: how long it has been qualified, the best frame, and what was missed."""

from __future__ import annotations

import math
from collections import Counter

from sonoreach.policies.exam.frame_matcher import Frame
from sonoreach.types.exam import CapturedPlane
from sonoreach.types.plane import PlaneSpec
from sonoreach.types.probe import ContactState

FORCE_TOLERANCE_N = 0.8
MAX_GAP_S = 0.3  # frames further apart than this are not continuous


class PlaneWatch:
    """Judges the frames of one plane."""

    def __init__(self, spec: PlaneSpec, force_n: float) -> None:
        """Watch a plane at a target force [N]."""
        self._spec, self._force_n = spec, force_n
        self._since_s: float | None = None
        self._last_s = -math.inf
        self._best: tuple[float, Frame] | None = None
        self._missed: Counter[str] = Counter()
        self._frames = 0

    @property
    def held_s(self) -> float:
        """For how long the plane has been qualified without a break [s]."""
        return 0.0 if self._since_s is None else self._last_s - self._since_s

    @property
    def qualified(self) -> bool:
        """Whether the latest frame qualified."""
        return self._since_s is not None

    @property
    def best(self) -> Frame | None:
        """Best frame of the present qualified run."""
        return None if self._best is None else self._best[1]

    def add(self, frame: Frame, at_target: bool) -> None:
        """Judge a frame; `at_target`: steering says that the probe stands where it belongs."""
        missed = self.missed(frame, at_target)
        self._missed.update(missed)
        self._frames += 1
        stamp = frame.image.stamp_s
        if missed or stamp - self._last_s > MAX_GAP_S:
            self._since_s, self._best = None, None
        self._last_s = stamp
        if missed:
            return
        self._since_s = stamp if self._since_s is None else self._since_s
        score = self.score(frame)
        if self._best is None or score > self._best[0]:
            self._best = score, frame

    def missed(self, frame: Frame, at_target: bool) -> list[str]:
        """Names of the criteria that a frame misses: perception's own, then contact, force, motion, centring."""
        spec, state = self._spec, frame.state
        missed = [c.name for c in frame.estimate.criteria if not c.met]
        if not frame.estimate.criteria:
            missed.append("criteria")
        if state.contact != ContactState.SCAN:
            missed.append("contact_state")
        if abs(state.force_n - self._force_n) > FORCE_TOLERANCE_N:
            missed.append("force")
        if state.tangential_speed_m_s > spec.max_speed_m_s:
            missed.append("motion")
        if not at_target:
            missed.append("at_target")
        return missed

    def score(self, frame: Frame) -> float:
        """How good a frame is (0-1): quality, probability and closeness to the ideal plane."""
        estimate, spec = frame.estimate, self._spec
        closeness = 1.0
        if estimate.offset is not None:
            parts = (
                (estimate.offset.x_m, spec.max_offset_m),
                (estimate.offset.y_m, spec.max_out_of_plane_m),
                (estimate.offset.yaw_rad, spec.max_yaw_rad),
            )
            closeness = math.exp(-0.5 * sum((value / limit) ** 2 for value, limit in parts if limit > 0.0))
        return estimate.quality * estimate.probability * closeness

    def capture(self) -> CapturedPlane | None:
        """The best frame as a capture; None when none is qualified."""
        if self.best is None:
            return None
        frame = self.best
        return CapturedPlane(self._spec.name, frame.image, frame.estimate, frame.state, frame.image.stamp_s)

    def reason(self) -> str:
        """Why the plane was not obtained, one sentence."""
        if self._frames == 0:
            return "no image was judged"
        if not self._missed:
            return f"the criteria were met, but never for {self._spec.hold_s:g} s without a break"
        often = [f"{name} in {100 * n // self._frames} % of the frames" for name, n in self._missed.most_common(3)]
        return f"criteria missed most: {', '.join(often)}"
