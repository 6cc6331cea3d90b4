"""A model is refused when it is missing, altered or its card is not one."""

import hashlib
from pathlib import Path

import pytest
import yaml

from sonoreach.errors import InputError
from sonoreach.perception.model_card import ModelCard
from sonoreach.types.structures import Structure

CARD = {
    "model": "test",
    "input": {"rows": 96, "columns": 128, "width_mm": 54, "depth_mm": 43},
    "planes": ["right_transverse"],
    "classes": ["none", "thyroid"],
}


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "m.onnx"
    path.write_bytes(b"network")
    write(path, CARD | {"sha256": hashlib.sha256(b"network").hexdigest()})
    return path


def write(path: Path, card: dict) -> None:
    path.with_suffix(".yaml").write_text(yaml.safe_dump(card))


def test_a_good_card(model: Path) -> None:
    card = ModelCard.load(model)
    assert card.classes == (Structure.NONE, Structure.THYROID)
    assert card.grid.dx_m == pytest.approx(0.054 / 128)
    assert card.read_model() == b"network"


def test_an_altered_model_is_refused(model: Path) -> None:
    model.write_bytes(b"netw0rk")
    with pytest.raises(InputError, match="altered"):
        ModelCard.load(model).read_model()


@pytest.mark.parametrize("suffix", [".onnx", ".yaml"])
def test_a_missing_file_is_refused(model: Path, suffix: str) -> None:
    model.with_suffix(suffix).unlink()
    with pytest.raises(InputError, match="missing"):
        ModelCard.load(model)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"classes": ["none", "tail"]}, "cannot be used"),
        ({"input": {"rows": 96}}, "input must have"),
        ({"input": {**CARD["input"], "rows": "many"}}, "cannot be used"),
        ({"measurement_errors": {"lobe_width": {"mean_mm": 0, "std_mm": "wide"}}}, "cannot be used"),
        ({"measurement_errors": {"lobe_width": 1.0}}, "cannot be used"),
    ],
)
def test_a_bad_card_is_refused(model: Path, change: dict, text: str) -> None:
    write(model, CARD | {"sha256": "0"} | change)
    with pytest.raises(InputError, match=text):
        ModelCard.load(model)


@pytest.mark.parametrize("text", ["[1, 2", "just text", "model: x"])
def test_a_card_that_is_none(model: Path, text: str) -> None:
    model.with_suffix(".yaml").write_text(text)
    with pytest.raises(InputError):
        ModelCard.load(model)
