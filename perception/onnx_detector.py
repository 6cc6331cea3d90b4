"""The detector that comes with SonoReach: a small network run by onnxruntime."""

from __future__ import annotations

from dataclasses import dataclass
from math import radians
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from sonoreach.errors import InputError
from sonoreach.perception.contact import contact_fraction
from sonoreach.perception.criteria import judge
from sonoreach.perception.detector import Detector
from sonoreach.perception.model_card import ModelCard
from sonoreach.perception.resample import ImageGrid, resample
from sonoreach.perception.structures import find_structures
from sonoreach.types.image import BModeImage
from sonoreach.types.plane import PlaneEstimate, PlaneOffset, PlaneSpec

OUTPUTS = ("labels", "probability", "near", "offset", "offset_std", "quality")


@dataclass(frozen=True, eq=False)
class Prediction:
    """What the network says of one image; the planes are in the order of the card.

    Attributes:
        labels: `Structure` values, uint8, shape (grid.rows, grid.columns).
        probability: this is the standard plane, shape (n_planes,) (0-1).
        near: the plane is within reach, so that its offset means something, shape (n_planes,) (0-1).
        offset: x [mm], y [mm], yaw [deg] of each plane in the probe's frame, shape (n_planes, 3).
        offset_std: one standard deviation of each, shape (n_planes, 3).
        quality: image quality (0-1).
    """

    labels: NDArray[np.uint8]
    probability: NDArray[np.float32]
    near: NDArray[np.float32]
    offset: NDArray[np.float32]
    offset_std: NDArray[np.float32]
    quality: float


class OnnxDetector(Detector):
    """Judges images by an ONNX network with a card.

    Outputs of the network are named as the fields of `Prediction`, with a batch axis of one in front; its
    input is float32 (1, 1, rows, columns), pixels divided by 255.
    """

    def __init__(self, model_path: str | Path | None = None, *, min_near: float = 0.5) -> None:
        """Load a model and check it against its card.

        Args:
            model_path: the ONNX file with its card beside it; the thyroid model of SonoReach when None.
            min_near: least probability of being within reach for an offset to be given.

        Raises:
            InputError: missing or altered model, bad card, or a network with other inputs or outputs.
        """
        self.card = ModelCard.load(model_path)
        self._min_near = min_near
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        data = self.card.read_model()
        try:
            self._session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's own exceptions share no public base class
            raise InputError(f"model {self.card.path} is not an ONNX network that can be run") from error
        self._check_signature()
        self._classes = np.array(self.card.classes, dtype=np.uint8)

    def _check_signature(self) -> None:
        """Refuse a network whose inputs or outputs are not those of the card."""
        grid = self.card.grid
        inputs = [tuple(i.shape) for i in self._session.get_inputs()]
        outputs = {o.name: tuple(o.shape) for o in self._session.get_outputs()}
        if inputs != [(1, 1, grid.rows, grid.columns)] or not set(outputs) >= set(OUTPUTS):
            raise InputError(
                f"model {self.card.path} takes {inputs} and gives {sorted(outputs)}; "
                f"its card asks for [(1, 1, {grid.rows}, {grid.columns})] and {sorted(OUTPUTS)}"
            )
        if outputs["probability"] != (1, len(self.card.planes)):
            raise InputError(
                f"model {self.card.path} tells {outputs['probability'][-1]} planes apart, its card names "
                f"{len(self.card.planes)}"
            )

    @property
    def model_hash(self) -> str:
        """SHA-256 of the model file."""
        return self.card.sha256

    @property
    def grid(self) -> ImageGrid:
        """The grid of the network's input and labels."""
        return self.card.grid

    def predict(self, image: BModeImage) -> Prediction:
        """Run the network on one image.

        Raises:
            InputError: the network gives a class that its card does not name.
        """
        pixels = resample(image.pixels, ImageGrid.of(image), self.grid)
        tensor = (pixels.astype(np.float32) / 255.0)[None, None]
        labels, probability, near, offset, offset_std, quality = (
            out[0] for out in self._session.run(OUTPUTS, {self._session.get_inputs()[0].name: tensor})
        )
        if labels.max() >= self._classes.size:
            raise InputError(
                f"model {self.card.path} gave class {labels.max()}, its card names {self._classes.size} classes"
            )
        return Prediction(self._classes[labels], probability, near, offset, offset_std, float(quality))

    def detect(self, image: BModeImage, wanted: PlaneSpec) -> PlaneEstimate:
        """Judge one image with respect to the wanted plane.

        A plane that the network does not know (by name) has probability 0 and no offset, so it never qualifies.

        The two longitudinal planes look alike in one image. Their outputs presume that the probe is on the
        wanted side of the neck; which side that is, the probe's pose tells, not the image.
        """
        seen = self.predict(image)
        structures = find_structures(seen.labels, self.grid)
        contact = contact_fraction(seen.labels, self.grid)
        index = self.card.planes.index(wanted.name) if wanted.name in self.card.planes else None
        probability = float(seen.probability[index]) if index is not None else 0.0
        offset = None
        if index is not None and seen.near[index] >= self._min_near:
            offset = _to_offset(seen.offset[index], seen.offset_std[index])
        best = int(np.argmax(seen.probability))
        criteria = judge(
            wanted,
            probability=probability,
            quality=seen.quality,
            contact=contact,
            offset=offset,
            structures=structures,
        )
        return PlaneEstimate(
            stamp_s=image.stamp_s,
            frame_id=image.frame_id,
            base_probe=image.base_probe,
            wanted=wanted.name,
            plane=self.card.planes[best] if seen.probability[best] >= 0.5 else "",
            probability=probability,
            quality=seen.quality,
            contact=contact,
            offset=offset,
            structures=structures,
            criteria=criteria,
            labels=seen.labels,
            label_x0_m=self.grid.x0_m,
            label_dx_m=self.grid.dx_m,
            label_z0_m=self.grid.z0_m,
            label_dz_m=self.grid.dz_m,
            model_hash=self.model_hash,
        )


def _to_offset(mm_mm_deg: NDArray[np.float32], std: NDArray[np.float32]) -> PlaneOffset:
    """Millimetres and degrees, as the network learns them, to metres and radians."""
    x, y, yaw = (float(v) for v in mm_mm_deg)
    x_std, y_std, yaw_std = (float(v) for v in std)
    return PlaneOffset(x * 1e-3, y * 1e-3, radians(yaw), x_std * 1e-3, y_std * 1e-3, radians(yaw_std))
