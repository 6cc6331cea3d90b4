"""Single images, as `sonoreach image` writes them."""

import numpy as np
import pydicom
import pytest

from sonoreach.reporting.dicom.study import Study
from sonoreach.reporting.dicom.ultrasound_image import write_ultrasound_image


@pytest.mark.parametrize("shape", [(31, 21), (30, 20, 3)])
def test_round_trip(tmp_path, dciodvfy, shape):
    pixels = np.random.default_rng(0).integers(0, 255, shape, dtype=np.uint8)
    path = write_ultrasound_image(tmp_path / "a.dcm", pixels, 2e-4, 1e-4, z0_m=5e-3, comment="PWI_disk.mat")
    dataset = pydicom.dcmread(path)
    assert np.array_equal(dataset.pixel_array, pixels)
    assert dataset.PixelAspectRatio == [100000, 200000]
    region = dataset.SequenceOfUltrasoundRegions[0]
    assert (region.PhysicalDeltaX, region.PhysicalDeltaY) == pytest.approx((0.02, 0.01))
    assert region.ReferencePixelPhysicalValueX == pytest.approx(-0.01 * (shape[1] - 1))
    assert region.RegionDataType == (2 if len(shape) == 3 else 1)
    assert dciodvfy(path) == []


def test_identifiers_follow_from_the_key():
    assert Study(key="a").uid("study") == Study(key="a").uid("study")
    assert Study(key="a").uid("study") != Study(key="b").uid("study")
    assert Study(key="a").uid("instance", "s", 1) != Study(key="a").uid("instance", "s", 2)
