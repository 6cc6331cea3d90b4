"""`exam.mp4`: image, arm and path, plane estimate and force curve side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from sonoreach.errors import SonoReachError
from sonoreach.reporting.display_image import DisplayImage
from sonoreach.reporting.frame_log import FilmFrame
from sonoreach.reporting.jpeg import decode_jpeg
from sonoreach.reporting.pictures import canvas, palette
from sonoreach.reporting.pictures.canvas import Image
from sonoreach.reporting.pictures.film_arm import ArmPanel, PathPanel
from sonoreach.reporting.pictures.film_figures import EstimatePanel, ForcePanel
from sonoreach.reporting.pictures.neck_map import NeckMap
from sonoreach.reporting.pictures.plane_picture import plane_picture

Record = Mapping[str, Any]
WIDTH, HEIGHT = 1280, 720
IMAGE_BOX = (20, 60, 600, 480)  # x, y, width, height [pixels]
LEAST_RATE_HZ, MOST_RATE_HZ = 2.0, 30.0


def write_film(
    record: Record,
    frames: Sequence[FilmFrame],
    skeleton: Callable[[NDArray[np.float64]], NDArray[np.float64]] | None,
    path: Path,
) -> None:
    """Write the film in the exam's own time; nothing is written when there was no image.

    Args:
        record: the exam's record.
        frames: the pictures.
        skeleton: maps joint angles [rad] to points along the arm, shape (n, 3) [m]; None draws no arm.
        path: MP4 file to write (MPEG-4 part 2).

    Raises:
        SonoReachError: the encoder cannot be opened.
    """
    if not frames:
        return
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), _rate_hz(record, frames), (WIDTH, HEIGHT))
    if not writer.isOpened():
        raise SonoReachError(f"the film {path} cannot be written: OpenCV has no MPEG-4 encoder here")
    arm = ArmPanel((640, 60, 300, 236), record, skeleton)
    way = PathPanel((640, 304, 300, 236), record)
    estimate = EstimatePanel((960, 60, 300, 480), record)
    force = ForcePanel((20, 560, 1240, 144), record)
    base = _base(record)
    for panel in (arm, way, estimate, force):
        panel.draw_ground(base)
    for frame in frames:
        picture = base.copy()
        canvas.paste(picture, _image(record, frame, way.neck), *IMAGE_BOX[:2])
        for panel in (arm, way, estimate, force):
            panel.draw(picture, frame)
        seconds = record["frames"]["time_s"][frame.row]
        words = f"t {seconds:6.2f} s   frame {record['frames']['frame_id'][frame.row]}"
        canvas.text(picture, words, WIDTH - 20, 36, 18, palette.TEXT, align="right")
        writer.write(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    writer.release()


def _rate_hz(record: Record, frames: Sequence[FilmFrame]) -> float:
    times = record["frames"]["time_s"]
    seconds = times[frames[-1].row] - times[frames[0].row]
    return float(np.clip((len(frames) - 1) / seconds if seconds > 0 else 10.0, LEAST_RATE_HZ, MOST_RATE_HZ))


def _base(record: Record) -> Image:
    picture = canvas.blank(WIDTH, HEIGHT)
    width = canvas.text(picture, f"{record['title']}  {record['title_zh']}", 20, 37, 22, palette.TEXT, bold=True)
    if record["simulated"]:
        words = f"simulated patient {record['patient_seed']} 模拟患者"
        canvas.text(picture, words, 40 + width, 37, 17, palette.CALIPER)
    return picture


def _image(record: Record, frame: FilmFrame, neck: NeckMap) -> Image:
    """The ultrasound image with its outlines, fitted into its box."""
    pixels = decode_jpeg(frame.jpeg)
    x0, dx, z0, dz = frame.geometry_m
    # The aspect is set by resizing to square pixels of the box, once, instead of twice.
    _, _, box_width, box_height = IMAGE_BOX
    wide, high = dx * pixels.shape[1], dz * pixels.shape[0]
    spacing = max(wide / box_width, high / box_height)
    size = (round(wide / spacing), round(high / spacing))
    enlarged = cv2.resize(pixels, size, interpolation=cv2.INTER_LINEAR)
    # Speckle of one pixel's size would take most of the film's bits.
    shown = np.asarray(cv2.GaussianBlur(enlarged, (3, 3), 0), dtype=np.uint8)
    display = DisplayImage(shown, spacing, x0 - dx / 2 + spacing / 2, z0 - dz / 2 + spacing / 2)
    ends = neck.ends(record["frames"]["quaternion_xyzw"][frame.row])
    return plane_picture(display, size[0], outlines=frame.outlines, ends=ends)
