"""Where to go when nothing is recognised: along the neck first, then beside it."""

from __future__ import annotations

from dataclasses import replace

from sonoreach.policies.protocol import SearchArea
from sonoreach.policies.skin import SkinPose
from sonoreach.policies.steering.motion import distance_m, turn

ARRIVED_M, ARRIVED_RAD = 0.003, 0.15


class SearchPath:
    """Waypoints of a search: its middle, both ends along the image's elevation, then the rest of a raster."""

    def __init__(self, centre: SkinPose, area: SearchArea, longitudinal: bool, *, raster: bool = True) -> None:
        """Plan a search around a centre.

        Args:
            centre: the most likely pose.
            area: half extents.
            longitudinal: whether the probe lies along the neck; then it is swept sideways first.
            raster: whether to go on beside the line.
        """
        s, v = area.superior_m, area.left_m
        ends = [(0.0, 0.0), (0.0, v), (0.0, -v)] if longitudinal else [(0.0, 0.0), (s, 0.0), (-s, 0.0)]
        rest = [(-s, v), (s, v), (s, -v), (-s, -v)] if raster else []
        self._points = [
            replace(centre, superior_m=centre.superior_m + ds, left_m=centre.left_m + dv) for ds, dv in ends + rest
        ]
        self._next = 0
        self.rounds = 0

    @property
    def exhausted(self) -> bool:
        """Whether the whole area has been covered."""
        return self.rounds > 0

    def goal(self, probe: SkinPose) -> SkinPose:
        """The waypoint to go to; moves on when the probe has arrived."""
        point = self._points[self._next]
        turned = abs(turn(probe.heading_rad, point.heading_rad)) < ARRIVED_RAD
        if turned and distance_m(probe, point) < ARRIVED_M:
            self._next += 1
            if self._next == len(self._points):
                self._next, self.rounds = 0, self.rounds + 1
        return self._points[self._next]
