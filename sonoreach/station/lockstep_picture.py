"""A picture of one lock-step exam: the probe's path over the neck, and force and judgement over time."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from sonoreach.policies.skin import SkinPose
from sonoreach.station.lockstep import LockstepStation, Turn
from sonoreach.types.probe import ContactState

HALF_APERTURE_M = 0.025
MM = 1e3


@dataclass
class Trace:
    """What a picture needs of each turn."""

    rows: list[tuple[float, SkinPose, str, bool, float, float]] = field(default_factory=list)

    def take(self, station: LockstepStation, turn: Turn) -> None:
        """Note time [s], place, plane, contact, force [N] and probability of a turn."""
        state = turn.states[-1]
        probability = turn.estimate.probability if turn.estimate is not None else 0.0
        pressing = state.contact == ContactState.SCAN
        place = station.steering.skin.skin_pose(state.base_probe)
        self.rows.append((state.stamp_s, place, turn.step.goal.plane, pressing, state.force_n, probability))


def draw(station: LockstepStation, trace: Trace, path: Path) -> None:
    """Draw an exam that has ended.

    Args:
        station: it holds the result and the patient's truth.
        trace: of its turns.
        path: PNG to write.
    """
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, (neck, time) = plt.subplots(1, 2, figsize=(12, 5.2), width_ratios=(1, 1.35), layout="constrained")
    names = [plane.spec.name for plane in station.protocol.planes]
    colours = {name: f"C{i}" for i, name in enumerate(names)}
    _draw_neck(neck, station, trace, colours)
    _draw_time(time, station, trace, colours)
    obtained = sum(result.obtained for result in station.result.results)
    figure.suptitle(f"Simulated patient {station.patient.seed}: {obtained} of {len(names)} planes")
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _draw_neck(axes: Any, station: LockstepStation, trace: Trace, colours: dict[str, str]) -> None:
    """The neck from the front: path, captured probe faces (thick), true planes (dashed)."""
    for name, colour in colours.items():
        places = np.array([(p.left_m, p.superior_m) for _, p, plane, on, _, _ in trace.rows if plane == name and on])
        if len(places):
            axes.plot(*places.T * MM, color=colour, lw=1.2, label=name.replace("_", " "))
    for capture in station.result.captures:
        face = _face(station.steering.skin.skin_pose(capture.image.base_probe))
        axes.plot(*face * MM, color=colours[capture.plane], lw=4, alpha=0.7, solid_capstyle="butt")
    for pose in station.patient.standard_planes().values():
        axes.plot(*_face(station.steering.skin.skin_pose(pose)) * MM, color="black", ls="--", lw=1)
    axes.set(xlabel="left of the sternal notch [mm]", ylabel="superior of the sternal notch [mm]", aspect="equal")
    axes.legend(fontsize=8, ncols=2, loc="upper center", bbox_to_anchor=(0.5, -0.18))
    axes.set_title("path; thick: captured face, dashed: truth", fontsize=9)


def _face(pose: SkinPose) -> np.ndarray:
    """The two ends of the probe's face: left and superior [m], shape (2, 2)."""
    along = np.array([math.cos(pose.heading_rad), -math.sin(pose.heading_rad)]) * HALF_APERTURE_M
    centre = np.array([pose.left_m, pose.superior_m])
    return np.column_stack([centre - along, centre + along])


def _draw_time(axes: Any, station: LockstepStation, trace: Trace, colours: dict[str, str]) -> None:
    """Force and the wanted plane's probability, the planes as coloured bands, captures as marks."""
    stamps = np.array([row[0] for row in trace.rows])
    axes.plot(stamps, [row[4] for row in trace.rows], color="black", lw=1, label="force [N]")
    axes.plot(stamps, [row[5] for row in trace.rows], color="grey", lw=1, label="probability of the wanted plane")
    for name, colour in colours.items():
        times = [row[0] for row in trace.rows if row[2] == name]
        if times:
            axes.axvspan(times[0], times[-1], color=colour, alpha=0.15, lw=0)
    for capture in station.result.captures:
        axes.axvline(capture.stamp_s, color=colours[capture.plane], lw=1.5)
    axes.set(xlabel="time [s]", ylim=(-0.3, 1.3 * station.protocol.force_n))
    axes.legend(fontsize=8, loc="lower right")
