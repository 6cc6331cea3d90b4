"""US Region Calibration: what a pixel of an ultrasound image measures (PS3.3 C.8.5.5)."""

from __future__ import annotations

from enum import IntEnum

from pydicom.dataset import Dataset

CENTIMETRES = 3  # Physical Units code, PS3.3 C.8.5.5.1.15


class RegionData(IntEnum):
    """Region Data Type (PS3.3 C.8.5.5.1.3), those used here."""

    TISSUE = 1
    COLOR_FLOW = 2


def region_2d(
    rows: int,
    columns: int,
    dx_m: float,
    dz_m: float,
    *,
    x0_m: float,
    z0_m: float,
    data: RegionData = RegionData.TISSUE,
    transducer_frequency_hz: float = 0.0,
) -> Dataset:
    """One two-dimensional region that covers the whole image.

    Args:
        rows, columns: size of the image [pixels].
        dx_m, dz_m: pixel spacing, lateral and in depth [m].
        x0_m, z0_m: lateral position and depth of the first pixel's centre [m]; stated as the reference
            pixel's physical value, so that depth is read from the probe's face.
        data: what the pixels show.
        transducer_frequency_hz: transmit frequency [Hz]; 0 leaves it out.
    """
    region = Dataset()
    region.RegionSpatialFormat = 1  # 2D
    region.RegionDataType = int(data)
    region.RegionFlags = 0
    region.RegionLocationMinX0 = 0
    region.RegionLocationMinY0 = 0
    region.RegionLocationMaxX1 = columns - 1
    region.RegionLocationMaxY1 = rows - 1
    region.ReferencePixelX0 = 0
    region.ReferencePixelY0 = 0
    region.PhysicalUnitsXDirection = CENTIMETRES
    region.PhysicalUnitsYDirection = CENTIMETRES
    region.ReferencePixelPhysicalValueX = x0_m * 100.0
    region.ReferencePixelPhysicalValueY = z0_m * 100.0
    region.PhysicalDeltaX = dx_m * 100.0
    region.PhysicalDeltaY = dz_m * 100.0
    if transducer_frequency_hz > 0:
        region.TransducerFrequency = round(transducer_frequency_hz / 1e3)  # kHz
    return region
