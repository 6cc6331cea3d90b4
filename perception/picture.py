"""Pictures from outside (PNG, JPEG, DICOM) as B-mode images with their geometry."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.errors import InvalidDicomError

from sonoreach.errors import InputError
from sonoreach.types.image import BModeImage

# PS3.3 C.8.5.5.1.15: physical units of a region; the only one that an image plane can have.
CENTIMETRES = 3
SMALLEST_SIDE = 32
SPACING_LIMITS_MM = (0.005, 5.0)


def read_picture(path: Path, spacing_mm: float | None = None) -> BModeImage:
    """Read a picture whose top row is the probe's face.

    Args:
        path: a DICOM file, whose calibrated ultrasound region is cut out (PS3.3 C.8.5.5; of a multi-frame file
            the first frame), or a PNG or JPEG file.
        spacing_mm: size of a pixel [mm]; overrides what a DICOM file says, and is needed where nothing says it.

    Returns:
        The image, centred on x = 0, its source the file's name and hash.

    Raises:
        InputError: no such file, not a picture, too small, or of unknown or impossible spacing.
    """
    if not path.is_file():
        raise InputError(f"picture {path} does not exist")
    data = path.read_bytes()
    if data[128:132] == b"DICM":
        pixels, spacing = _read_dicom(path, spacing_mm is None)
    else:
        decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE) if data else None
        if decoded is None:
            raise InputError(f"picture {path} is neither DICOM nor a readable PNG or JPEG file")
        pixels, spacing = np.asarray(decoded, dtype=np.uint8), None
    if spacing_mm is not None:
        spacing = (spacing_mm, spacing_mm)
    if spacing is None:
        raise InputError(f"picture {path} does not say how large its pixels are: give --spacing-mm")
    _check(path, pixels, spacing)
    dx_m, dz_m = spacing[0] * 1e-3, spacing[1] * 1e-3
    return BModeImage(
        pixels=pixels,
        x0_m=-dx_m * (pixels.shape[1] - 1) / 2,
        dx_m=dx_m,
        z0_m=dz_m / 2,
        dz_m=dz_m,
        source=f"{path.name}, SHA-256 {hashlib.sha256(data).hexdigest()}",
    )


def _check(path: Path, pixels: NDArray[np.uint8], spacing: tuple[float, float]) -> None:
    """Refuse what cannot be measured on."""
    low, high = SPACING_LIMITS_MM
    if not all(low <= s <= high for s in spacing):
        raise InputError(
            f"picture {path}: pixel spacing must be {low} to {high} mm, got {spacing[0]:g} x {spacing[1]:g}"
        )
    if min(pixels.shape) < SMALLEST_SIDE:
        rows, columns = pixels.shape
        raise InputError(f"picture {path} has {columns} x {rows} pixels, at least {SMALLEST_SIDE} a side are needed")


def _read_dicom(path: Path, calibrated: bool) -> tuple[NDArray[np.uint8], tuple[float, float] | None]:
    """Pixels of the first frame, cut to the calibrated region, and their spacing (x, z) [mm] if it is given."""
    try:
        dataset = pydicom.dcmread(path)
        pixels = _first_frame(dataset)
    except (
        InvalidDicomError,
        AttributeError,
        KeyError,
        ValueError,
        NotImplementedError,
        RuntimeError,
        EOFError,
    ) as error:
        raise InputError(f"DICOM file {path} has no readable picture: {' '.join(str(error).split())}") from error
    region = next(
        (r for r in dataset.get("SequenceOfUltrasoundRegions", ()) if r.get("PhysicalUnitsXDirection") == CENTIMETRES),
        None,
    )
    if region is None:
        rows_mm, columns_mm = dataset.get("PixelSpacing", (None, None))
        return pixels, (float(columns_mm), float(rows_mm)) if rows_mm and calibrated else None
    x0, x1 = int(region.RegionLocationMinX0), int(region.RegionLocationMaxX1)
    y0, y1 = int(region.RegionLocationMinY0), int(region.RegionLocationMaxY1)
    spacing = (abs(float(region.PhysicalDeltaX)) * 10, abs(float(region.PhysicalDeltaY)) * 10)
    return np.ascontiguousarray(pixels[y0 : y1 + 1, x0 : x1 + 1]), spacing


def _first_frame(dataset: Any) -> NDArray[np.uint8]:
    """Grey pixels of the first frame, shape (rows, columns)."""
    array = np.asarray(dataset.pixel_array)
    if int(dataset.get("NumberOfFrames", 1) or 1) > 1:
        array = array[0]
    if array.ndim == 3:
        first_two = dataset.get("PhotometricInterpretation", "RGB")[:3]
        array = array[..., 0] if first_two == "YBR" else np.asarray(cv2.cvtColor(array, cv2.COLOR_RGB2GRAY))
    if array.dtype != np.uint8:
        array = (array.astype(np.float64) / max(1.0, float(array.max())) * 255).astype(np.uint8)
    return np.asarray(array, dtype=np.uint8)
