"""Write the model's card: everything needed to make the model again and to judge it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path

import yaml

from sonoreach.perception.model_card import MeasurementError
from sonoreach.perception.resample import ImageGrid
from sonoreach.policies.training.trainer import TrainingPlan
from sonoreach.policies.training.vocabulary import CLASSES, PLANES


@dataclass(frozen=True)
class ModelRecord:
    """What the card says.

    Attributes:
        sha256: hash of the ONNX file.
        grid: input grid.
        data: data recipe (patients, images, seeds).
        plan: how it was trained.
        metrics: figures on validation patients.
        measurement_errors: error of each kind of measurement on validation patients.
    """

    sha256: str
    grid: ImageGrid
    data: dict[str, object]
    plan: TrainingPlan
    metrics: dict[str, float]
    measurement_errors: dict[str, MeasurementError] = field(default_factory=dict)

    def write(self, path: Path) -> None:
        """Write the YAML card that `ModelCard.load` reads."""
        card = {
            "model": "thyroid planes, structures and offsets in B-mode images of a linear probe",
            "sha256": self.sha256,
            "licence": "Apache-2.0",
            "intended_use": "research on robotic ultrasound of simulated patients; trained on simulated images only, "
            "not a medical device and not validated on patients",
            "input": {
                "rows": self.grid.rows,
                "columns": self.grid.columns,
                "width_mm": round(self.grid.columns * self.grid.dx_m * 1e3, 6),
                "depth_mm": round(self.grid.rows * self.grid.dz_m * 1e3, 6),
            },
            "planes": list(PLANES),
            "classes": [structure.name.lower() for structure in CLASSES],
            "data": self.data,
            "training": asdict(self.plan),
            "validation": self.metrics,
            "measurement_errors": {kind: asdict(error) for kind, error in self.measurement_errors.items()},
        }
        path.write_text(yaml.safe_dump(card, sort_keys=False, width=120), encoding="utf-8")
