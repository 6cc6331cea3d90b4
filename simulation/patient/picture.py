"""Draws a patient's five standard planes, B-mode above, true labels below.

python -m sonoreach.simulation.patient.picture --seed 7 --out docs/images/patient.jpg
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from sonoreach.beamform.bmode import BModeBeamformer
from sonoreach.errors import InputError
from sonoreach.simulation.front_end import SimulatedFrontEnd
from sonoreach.simulation.patient.patient import Patient
from sonoreach.types.pose import Pose
from sonoreach.types.structures import Structure

Image = NDArray[np.uint8]

TILE = (300, 233)  # width, height in pixels
PRESS_M = 0.004
GAIN_DB_PER_M = 350.0
COLOURS = {  # blue, green, red
    Structure.NONE: (20, 20, 20),
    Structure.SKIN: (150, 180, 240),
    Structure.FAT: (150, 225, 245),
    Structure.MUSCLE: (80, 80, 190),
    Structure.THYROID: (120, 200, 120),
    Structure.NODULE: (40, 120, 20),
    Structure.TRACHEA: (220, 190, 150),
    Structure.CAROTID: (40, 40, 255),
    Structure.JUGULAR: (230, 110, 40),
    Structure.BONE: (240, 240, 240),
    Structure.SOFT: (90, 100, 120),
}


def draw(seed: int, time_s: float = 0.0) -> Image:
    """Five standard planes of a patient, shape (2 * height, 5 * width, 3), BGR."""
    patient = Patient.from_seed(seed)
    front_end, beamformer = SimulatedFrontEnd(patient), BModeBeamformer(tgc_db_per_m=GAIN_DB_PER_M)
    palette = np.array([COLOURS[structure] for structure in Structure], np.uint8)
    tiles = []
    for index, (plane, ideal) in enumerate(patient.standard_planes().items()):
        distance, normals = patient.gap(ideal.position_m[None], time_s)
        pose = Pose(ideal.position_m - distance[0] * normals[0] + PRESS_M * ideal.rotation[:, 2], ideal.rotation)
        data = front_end.acquire(time_s, index, pose)
        assert data is not None  # a fresh front end is not frozen
        image = beamformer(data)
        rows, columns = image.pixels.shape
        x_m, z_m = image.x0_m + image.dx_m * np.arange(columns), image.z0_m + image.dz_m * np.arange(rows)
        labels = palette[patient.label_map(pose, time_s, x_m, z_m)]
        grey = cv2.resize(cv2.cvtColor(image.pixels, cv2.COLOR_GRAY2BGR), TILE, interpolation=cv2.INTER_AREA)
        cv2.putText(grey, plane.replace("_", " "), (40, 226), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (255, 255, 255), 1)
        tiles.append(np.vstack([grey, cv2.resize(labels, TILE, interpolation=cv2.INTER_NEAREST)]))
    return np.hstack(tiles)


def main() -> None:
    """Write the picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    try:
        picture = draw(arguments.seed)
        if not arguments.out.parent.is_dir():
            raise InputError(f"--out: the folder {arguments.out.parent} does not exist")
        if not cv2.imwrite(str(arguments.out), picture, [cv2.IMWRITE_JPEG_QUALITY, 80]):
            raise InputError(f"--out: cannot write {arguments.out}")
    except (InputError, cv2.error) as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
