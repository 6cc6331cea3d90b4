"""Where the wanted plane lies on the skin: a recursive Bayesian estimate on a grid.

The place (superior, left) lives on a grid of 1 mm cells, so that it may have several modes: an image of a lobe
tells how far its middle is, but often not on which side of the image. The heading is a scalar Gaussian. Evidence
is tempered: frames taken at one place share their errors, so a frame counts by how far the probe has moved since
the last one (power likelihood, Bissiri et al. 2016, doi:10.1111/rssb.12158), and it fades with time, since
patients move.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from sonoreach.policies.skin import SkinPose

Array = NDArray[np.float64]

CELL_M = 0.001
HALF_SUPERIOR_M, HALF_LEFT_M = 0.045, 0.030
MISTAKEN = 0.08  # chance that the segmentation misses a structure, or sees one that is not there
OUTLIERS = 0.08  # fraction of frames whose estimate says nothing
MIRRORED = 0.15  # fraction of the others that take the plane for one on the other side of the image
FADE_S = 12.0  # time constant with which evidence is forgotten
STILL_WEIGHT, MOVE_FOR_FULL_WEIGHT_M = 0.12, 0.003
MOST_WEIGHT = 8.0  # evidence beyond so many independent frames displaces older evidence: errors depend on the place
HEADING_BIAS_RAD = 0.07  # part of the heading's error that all frames of one patient share
CORE_M = 0.007  # half size of the window around the best cell whose mean is the estimate


@dataclass(frozen=True)
class PlanePrior:
    """What is known of a plane's place before it is seen: mean, and standard deviations [m, rad]."""

    mean: SkinPose
    superior_std_m: float
    left_std_m: float
    heading_std_rad: float


@dataclass(frozen=True)
class Fix:
    """The belief in short.

    Attributes:
        pose: best estimate of the plane's place and heading.
        superior_std_m, left_std_m: spread of the whole belief about it [m]; heading_std_rad: of the heading [rad].
        weight: evidence gathered from estimates, in independent frames.
    """

    pose: SkinPose
    superior_std_m: float
    left_std_m: float
    heading_std_rad: float
    weight: float


class PlaneBelief:
    """Belief over the place and heading of one plane."""

    def __init__(self, prior: PlanePrior) -> None:
        """Start from a prior."""
        self._prior = prior
        s = prior.mean.superior_m + np.arange(-HALF_SUPERIOR_M, HALF_SUPERIOR_M + CELL_M / 2, CELL_M)
        v = prior.mean.left_m + np.arange(-HALF_LEFT_M, HALF_LEFT_M + CELL_M / 2, CELL_M)
        self._s, self._v = s[:, None], v[None, :]
        self._log_prior = -0.5 * (
            ((self._s - prior.mean.superior_m) / prior.superior_std_m) ** 2
            + ((self._v - prior.mean.left_m) / prior.left_std_m) ** 2
        )
        self._evidence = np.zeros_like(self._log_prior)
        self._heading_information = 0.0  # of the evidence alone [1/rad²]
        self._heading_sum = 0.0  # information-weighted deviation from the prior's mean [1/rad]
        self._weight = 0.0
        self._last: SkinPose | None = None
        self._last_s: float | None = None

    def step(self, now_s: float, probe: SkinPose) -> float:
        """Let old evidence fade; returns the weight that a frame taken here and now deserves (0-1)."""
        if self._last_s is not None:
            self.soften(math.exp(-max(now_s - self._last_s, 0.0) / FADE_S))
        moved = 0.0
        if self._last is not None:
            moved = math.hypot(probe.superior_m - self._last.superior_m, probe.left_m - self._last.left_m)
        if self._weight > MOST_WEIGHT:
            self.soften(MOST_WEIGHT / self._weight)
        self._last, self._last_s = probe, now_s
        return min(1.0, STILL_WEIGHT + moved / MOVE_FOR_FULL_WEIGHT_M)

    def soften(self, keep: float) -> None:
        """Doubt everything seen so far: keep only this part of the evidence (0-1)."""
        self._evidence *= keep
        self._heading_information *= keep
        self._heading_sum *= keep
        self._weight *= keep

    def observe_place(
        self,
        weight: float,
        place: tuple[float, float],
        mirrored: tuple[float, float],
        heading_rad: float,
        std_m: tuple[float, float],
    ) -> None:
        """Take in an estimate of the plane's place.

        Args:
            weight: of the frame, from `step`.
            place: (superior, left) where the estimate puts the plane [m].
            mirrored: (superior, left) where it would lie if the estimate had mistaken the side of the image [m].
            heading_rad: heading of the probe when the image was taken, which gives the axes of `std_m`.
            std_m: standard deviations along the probe's x and y axes [m].
        """
        direct = self._gaussian(*place, heading_rad, std_m)
        other = self._gaussian(*mirrored, heading_rad, std_m)
        likelihood = (1.0 - OUTLIERS) * ((1.0 - MIRRORED) * direct + MIRRORED * other) + OUTLIERS
        self._evidence += weight * np.log(likelihood)
        self._weight += weight

    def observe_line(self, weight: float, superior_m: float, left_m: float, heading_rad: float, std_m: float) -> None:
        """Take in that the plane's centre lies on a line through a place, along the probe's y axis."""
        density = self._gaussian(superior_m, left_m, heading_rad, (std_m, 0.2))
        self._evidence += weight * np.log((1.0 - OUTLIERS) * density + OUTLIERS)

    def observe_presence(self, weight: float, probe: SkinPose, seen: bool, half_extent_m: float, blur_m: float) -> None:
        """Take in whether the wanted structure is in the image: it reaches so far to both sides of its centre.

        Args:
            weight: of the frame.
            probe: where the probe stands.
            seen: whether the structure is in the image.
            half_extent_m: its usual half extent along the probe's y axis [m].
            blur_m: standard deviation of that half extent [m].
        """
        c, s = math.cos(probe.heading_rad), math.sin(probe.heading_rad)
        along_y = -c * (self._s - probe.superior_m) - s * (self._v - probe.left_m)
        chance = MISTAKEN + (1.0 - 2.0 * MISTAKEN) * ndtr((half_extent_m - np.abs(along_y)) / blur_m)
        self._evidence += weight * np.log(chance if seen else 1.0 - chance)

    def observe_heading(self, weight: float, heading_rad: float, std_rad: float) -> None:
        """Take in an estimate of the plane's heading; one far off counts less (Student t, 4 degrees of freedom)."""
        deviation = _wrap(heading_rad - self._prior.mean.heading_rad)
        spread = math.hypot(std_rad, self._heading()[1])
        surprise = (deviation - self._heading()[0]) / spread
        information = weight * 5.0 / (4.0 + surprise**2) / std_rad**2
        self._heading_information += information
        self._heading_sum += information * deviation

    def fix(self) -> Fix:
        """The belief in short."""
        log_belief = self._log_prior + self._evidence
        belief = np.exp(log_belief - log_belief.max())
        belief /= belief.sum()
        best = np.unravel_index(int(belief.argmax()), belief.shape)
        s0, v0 = float(self._s[best[0], 0]), float(self._v[0, best[1]])
        rows, columns = self._s[:, 0], self._v[0]
        near_s, near_v = np.abs(rows - s0) <= CORE_M, np.abs(columns - v0) <= CORE_M
        core = belief[np.ix_(near_s, near_v)]
        s, v = float(core.sum(1) @ rows[near_s] / core.sum()), float(core.sum(0) @ columns[near_v] / core.sum())
        s_std = math.sqrt(float(belief.sum(1) @ (rows - s) ** 2))
        v_std = math.sqrt(float(belief.sum(0) @ (columns - v) ** 2))
        deviation, heading_std = self._heading()
        return Fix(SkinPose(s, v, self._prior.mean.heading_rad + deviation), s_std, v_std, heading_std, self._weight)

    def _heading(self) -> tuple[float, float]:
        """Deviation from the prior's mean and standard deviation [rad]."""
        prior_information = 1.0 / self._prior.heading_std_rad**2
        if self._heading_information <= 0.0:
            return 0.0, self._prior.heading_std_rad
        information = 1.0 / (1.0 / self._heading_information + HEADING_BIAS_RAD**2)
        mean = self._heading_sum / self._heading_information
        total = information + prior_information
        return information * mean / total, math.sqrt(1.0 / total)

    def _gaussian(self, superior_m: float, left_m: float, heading_rad: float, std_m: tuple[float, float]) -> Array:
        """Unnormalised Gaussian over the grid with its axes along the probe's x and y."""
        c, s = math.cos(heading_rad), math.sin(heading_rad)
        ds, dv = self._s - superior_m, self._v - left_m
        x, y = c * dv - s * ds, -c * ds - s * dv
        density: Array = np.exp(-0.5 * ((x / std_m[0]) ** 2 + (y / std_m[1]) ** 2))
        return density


def _wrap(angle_rad: float) -> float:
    """Angle in [-pi, pi)."""
    return (angle_rad + math.pi) % (2.0 * math.pi) - math.pi
