"""Ultrasound Multi-frame Image Storage: a cine loop, JPEG baseline (PS3.3 A.7, C.7.6.5, C.7.6.6)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pydicom.dataset import FileDataset
from pydicom.encaps import encapsulate
from pydicom.uid import JPEGBaseline8Bit, UltrasoundMultiFrameImageStorage

from sonoreach.reporting.dicom.study import Study
from sonoreach.reporting.dicom.ultrasound_image import ImageInfo, add_image_modules


def ultrasound_cine(
    frames: Sequence[bytes],
    stamps_s: Sequence[float],
    shape: tuple[int, int],
    info: ImageInfo,
    study: Study,
    number: int,
) -> FileDataset:
    """Build a cine loop of grey frames.

    Args:
        frames: at least one JPEG baseline stream a frame, all of the same size; stored as they are.
        stamps_s: time of each frame, rising [s].
        shape: rows and columns of a frame.
        info: geometry and labels, shared by all frames.
        study: the study it belongs to.
        number: instance number within the series.
    """
    dataset = study.instance(UltrasoundMultiFrameImageStorage, "Ultrasound cine loops", 2, number, "US")
    dataset.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    add_image_modules(dataset, shape, info, study)
    dataset.NumberOfFrames = len(frames)
    steps_ms = np.diff(np.asarray(stamps_s, dtype=np.float64), prepend=stamps_s[0]) * 1e3
    dataset.FrameTimeVector = [f"{step:.3f}" for step in steps_ms]
    dataset.FrameIncrementPointer = 0x00181065  # Frame Time Vector
    if len(frames) > 1 and steps_ms[1:].mean() > 0:
        dataset.RecommendedDisplayFrameRate = max(1, round(1e3 / steps_ms[1:].mean()))
    dataset.LossyImageCompression = "01"
    stored = sum(len(frame) for frame in frames)
    dataset.LossyImageCompressionRatio = f"{len(frames) * shape[0] * shape[1] / stored:.2f}"
    dataset.LossyImageCompressionMethod = "ISO_10918_1"
    dataset.PixelData = encapsulate(list(frames), has_bot=True)
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    return dataset
