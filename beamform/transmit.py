"""When a transmitted wave reaches a point, and whether it does."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sonoreach.types.channel_data import ProbeGeometry, TransmitEvent, TransmitKind

Array = NDArray[np.float64]
_BEHIND_M = 1e-9
_ONE_ROW_M = 1e-6


def transmit_delay_s(points_m: Array, event: TransmitEvent, probe: ProbeGeometry, sound_speed_m_s: float) -> Array:
    """Time at which the wavefront passes each point [s]; zero is its passage through the probe's origin.

    Plane wave: x sin a + z cos a. Diverging wave from a source s behind the face: |p - s| - |s|. Focused wave
    (virtual source s in front): |s| -+ |p - s|, minus before the focus and plus behind it. Single element at e:
    |p - e| - |e|. All divided by the speed of sound.

    Args:
        points_m: shape (..., 3) [m].
    """
    if event.kind is TransmitKind.PLANE:
        path = points_m[..., 0] * np.sin(event.angle_rad) + points_m[..., 2] * np.cos(event.angle_rad)
    elif event.kind is TransmitKind.SINGLE_ELEMENT:
        element = probe.element_positions_m[event.element]
        path = np.linalg.norm(points_m - element, axis=-1) - np.linalg.norm(element)
    else:
        source = np.asarray(event.source_m)
        away = np.linalg.norm(points_m - source, axis=-1)
        reach = np.linalg.norm(source)
        if event.kind is TransmitKind.DIVERGING:
            path = away - reach
        else:
            path = reach + np.where((points_m - source) @ source > 0, away, -away)
    delay: Array = path / sound_speed_m_s
    return delay


def transmit_reach(
    points_m: Array, event: TransmitEvent, probe: ProbeGeometry, focus_margin_m: float = 1e-3
) -> NDArray[np.bool_]:
    """Whether a point lies in the geometric shadow of the aperture: in the beam of the wave.

    The ray through the point is followed back (plane wave: along its direction; source: from the source); it must pass
    between the ends of the array, wherever these lie. So in x and, for arrays with rows of elements, in y. Around a
    focus, where rays meet, the beam is at least `focus_margin_m` wide on either side. A single element reaches
    everything in front of it. Behind the array there is nothing.

    Args:
        points_m: shape (..., 3) [m].
    """
    face = probe.element_positions_m
    front: NDArray[np.bool_] = np.asarray(points_m[..., 2] >= face[:, 2].min() - _BEHIND_M)
    if event.kind is TransmitKind.SINGLE_ELEMENT:
        return np.asarray(points_m[..., 2] > face[:, 2].min())
    margin = focus_margin_m if event.kind is TransmitKind.FOCUSED else 0.0
    for axis, size in ((0, probe.element_width_m), (1, probe.elevation_height_m)):
        if axis == 1 and np.ptp(face[:, 1]) < _ONE_ROW_M:  # the lens, not the array, decides
            continue
        across, depth, places = points_m[..., axis], points_m[..., 2], face[:, [axis, 2]]
        if event.kind is TransmitKind.PLANE:
            slope = np.tan(event.angle_rad) if axis == 0 else 0.0
            start, starts = across - depth * slope, places[:, 0] - places[:, 1] * slope
            front &= (start >= starts.min() - size / 2) & (start <= starts.max() + size / 2)
        else:
            source = (event.source_m[axis], event.source_m[2])
            front &= _between_ends(across, depth, places, size / 2, source, margin)
    return front


def _between_ends(
    across: Array, depth: Array, places: Array, half: float, source: tuple[float, float], margin: float
) -> NDArray[np.bool_]:
    """Whether points lie between the lines through a source and the ends of the array, in one plane.

    Args:
        across, depth: of the points [m].
        places: of the elements, across and in depth, shape (n_elements, 2); half: half an element [m].
        source: across and in depth [m].
        margin: to be added on either side [m].
    """
    ends = np.concatenate([places - np.array([half, 0.0]), places + np.array([half, 0.0])])
    away = ends[:, 1] - source[1]
    if (away > 0).any() and (away <= 0).any():  # a source between the ends of an arc: by angles
        angle = np.arctan2(ends[:, 0] - source[0], away)
        bearing = np.arctan2(across - source[0], depth - source[1])
        return np.asarray((bearing >= angle.min()) & (bearing <= angle.max()))
    if not away.all():
        return np.ones(across.shape, np.bool_)
    slope = (ends[:, 0] - source[0]) / away
    edges = [
        source[0] + (ends[end, 0] - source[0]) * ((depth - source[1]) / away[end])
        for end in (np.argmin(slope), np.argmax(slope))
    ]
    return np.asarray((across >= np.minimum(*edges) - margin) & (across <= np.maximum(*edges) + margin))
