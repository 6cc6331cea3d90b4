"""The seam to a perception model: an image in, a plane estimate out."""

from __future__ import annotations

from abc import ABC, abstractmethod

from sonoreach.types.image import BModeImage
from sonoreach.types.plane import PlaneEstimate, PlaneSpec


class Detector(ABC):
    """Judges one image with respect to the wanted plane."""

    @property
    @abstractmethod
    def model_hash(self) -> str:
        """SHA-256 of the model file."""

    @abstractmethod
    def detect(self, image: BModeImage, wanted: PlaneSpec) -> PlaneEstimate:
        """Judge one image.

        Args:
            image: B-mode image in the probe's frame.
            wanted: the plane that is asked for; its criteria are evaluated.

        Returns:
            The estimate, stamped as the image.
        """
