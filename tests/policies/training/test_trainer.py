"""Training is repeatable, goes on after an interruption, and refuses foreign checkpoints."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the train extra")

from sonoreach.errors import InputError  # noqa: E402
from sonoreach.policies.training.trainer import TrainingPlan, train  # noqa: E402

PLAN = TrainingPlan(epochs=2, batch_size=4)


def images(n: int = 8) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {
        "pixels": rng.integers(0, 255, (n, 32, 32)).astype(np.uint8),
        "classes": rng.integers(0, 8, (n, 32, 32)).astype(np.uint8),
        "probability": rng.random((n, 5)).astype(np.float32),
        "near": np.ones((n, 5), np.float32),
        "known": np.ones((n, 5), np.float32),
        "offset": rng.normal(size=(n, 5, 3)).astype(np.float32),
        "angle": rng.random((n, 5)).astype(np.float32),
        "quality": rng.random(n).astype(np.float32),
        "contact": rng.random(n).astype(np.float32),
    }


def weights(network: torch.nn.Module) -> np.ndarray:
    return np.concatenate([p.detach().numpy().ravel() for p in network.parameters()])


def test_an_interrupted_training_ends_like_an_unbroken_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = weights(train(images(), PLAN, tmp_path / "whole.pt"))
    from sonoreach.policies.training import trainer

    dealt, broken = trainer.batches, tmp_path / "broken.pt"

    def stop_in_second_epoch(data: dict, size: int, rng: np.random.Generator) -> object:
        if broken.is_file():
            raise KeyboardInterrupt
        return dealt(data, size, rng)

    monkeypatch.setattr(trainer, "batches", stop_in_second_epoch)
    with pytest.raises(KeyboardInterrupt):
        train(images(), PLAN, broken)
    monkeypatch.setattr(trainer, "batches", dealt)
    assert np.allclose(weights(train(images(), PLAN, broken)), whole, atol=1e-5)


def test_a_foreign_checkpoint_is_refused(tmp_path: Path) -> None:
    foreign, other = tmp_path / "foreign.pt", tmp_path / "other.pt"
    foreign.write_text("no checkpoint")
    torch.save({"states": [{"weight": torch.zeros(1)}]}, other)
    for start in (foreign, other):
        with pytest.raises(InputError, match="not a checkpoint"):
            train(images(), PLAN, tmp_path / "c.pt", start)
