"""The card beside a model: what it looks at, what it tells, and the hash that it must have."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from sonoreach.errors import InputError
from sonoreach.perception.resample import ImageGrid
from sonoreach.types.structures import Structure

DEFAULT_MODEL = Path(__file__).resolve().parent.parent / "policies" / "models" / "thyroid.onnx"
GRID_KEYS = {"rows", "columns", "width_mm", "depth_mm"}
REQUIRED_KEYS = {"model", "sha256", "input", "planes", "classes"}


@dataclass(frozen=True)
class MeasurementError:
    """Error of one kind of measurement (value minus truth) on validation patients: mean and standard deviation [mm]."""

    mean_mm: float
    std_mm: float


@dataclass(frozen=True)
class ModelCard:
    """What must be known to run a model and to trust it.

    Attributes:
        path: the ONNX file.
        sha256: the hash that the file must have, lower-case hexadecimal.
        grid: the grid that the network takes as its input and labels as its output.
        planes: plane names, in the order of the network's outputs.
        classes: structure of each class of the label output.
        measurement_errors: error of each kind of measurement on validation patients.
        extra: everything else on the card (data recipe, metrics, licence), for people.
    """

    path: Path
    sha256: str
    grid: ImageGrid
    planes: tuple[str, ...]
    classes: tuple[Structure, ...]
    measurement_errors: dict[str, MeasurementError]
    extra: dict[str, Any]

    @classmethod
    def load(cls, model_path: str | Path | None = None) -> ModelCard:
        """Read the card of a model: the YAML file of the same name beside the ONNX file.

        Args:
            model_path: the ONNX file; the thyroid model that comes with SonoReach when None.

        Raises:
            InputError: no such model or card, or a card that lacks or misstates something.
        """
        path = Path(model_path) if model_path is not None else DEFAULT_MODEL
        card_path = path.with_suffix(".yaml")
        for needed in (path, card_path):
            if not needed.is_file():
                raise InputError(
                    f"model file {needed} is missing: a model is an .onnx file with its card (.yaml) beside it; "
                    "`sonoreach train perception` makes both"
                )
        try:
            card = yaml.safe_load(card_path.read_text(encoding="utf-8"))
        except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
            raise InputError(f"model card {card_path} is not valid YAML: {_one_line(error)}") from error
        missing = REQUIRED_KEYS - set(card if isinstance(card, dict) else ())
        if missing:
            raise InputError(f"model card {card_path} lacks {', '.join(sorted(missing))}")
        return cls._from_dict(path, card_path, card)

    @classmethod
    def _from_dict(cls, path: Path, card_path: Path, card: dict[str, Any]) -> ModelCard:
        """Check every field at the door and build the card."""
        geometry = card["input"]
        if not isinstance(geometry, dict) or set(geometry) != GRID_KEYS:
            raise InputError(f"model card {card_path}: input must have exactly {', '.join(sorted(GRID_KEYS))}")
        try:
            grid = ImageGrid.over(
                int(geometry["rows"]),
                int(geometry["columns"]),
                float(geometry["width_mm"]) * 1e-3,
                float(geometry["depth_mm"]) * 1e-3,
            )
            classes = tuple(Structure[str(name).upper()] for name in card["classes"])
            errors = {
                str(kind): MeasurementError(float(e["mean_mm"]), float(e["std_mm"]))
                for kind, e in (card.get("measurement_errors") or {}).items()
            }
        except (TypeError, ValueError, KeyError, ZeroDivisionError, AttributeError) as error:
            raise InputError(f"model card {card_path} has a value that cannot be used: {_one_line(error)}") from error
        extra = {k: v for k, v in card.items() if k not in REQUIRED_KEYS and k != "measurement_errors"}
        planes = tuple(str(name) for name in card["planes"])
        return cls(path, str(card["sha256"]).lower(), grid, planes, classes, errors, extra)

    def read_model(self) -> bytes:
        """Read the ONNX file and check its hash.

        Raises:
            InputError: the file was altered, or its card belongs to another one.
        """
        data = self.path.read_bytes()
        actual = hashlib.sha256(data).hexdigest()
        if actual != self.sha256:
            raise InputError(
                f"model {self.path} was altered or is not the one of its card: "
                f"SHA-256 is {actual[:12]}…, its card says {self.sha256[:12]}…"
            )
        return data


def _one_line(error: Exception) -> str:
    """The text of an error on one line."""
    return " ".join(str(error).split())
