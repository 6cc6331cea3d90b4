"""Measurements on captured planes: each with method, uncertainty, calipers and source, or a reason why not."""

from sonoreach.perception.measure.plane import MEASURES, measure_plane
from sonoreach.perception.measure.volume import derive_volumes

__all__ = ["MEASURES", "derive_volumes", "measure_plane"]
