"""The network, its losses and its export (only where PyTorch is installed)."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the train extra")
onnx = pytest.importorskip("onnx", reason="needs the train extra")

from sonoreach.policies.training.export import Calibration, export, predict_all  # noqa: E402
from sonoreach.policies.training.loss import offset_loss, total_loss  # noqa: E402
from sonoreach.policies.training.network import PlaneNetwork  # noqa: E402


def network() -> PlaneNetwork:
    torch.manual_seed(0)
    return PlaneNetwork(32, 48, (4, 8, 8, 8)).eval()


def test_shapes_and_gradients() -> None:
    net = network().train()
    out = net(torch.rand(2, 1, 32, 48))
    assert out["classes"].shape == (2, 8, 16, 24) and out["offset"].shape == (2, 5, 3)
    truth = {
        "classes": torch.zeros(2, 32, 48, dtype=torch.int64),
        "probability": torch.rand(2, 5),
        "near": torch.ones(2, 5),
        "known": torch.ones(2, 5),
        "offset": torch.zeros(2, 5, 3),
        "quality": torch.rand(2),
    }
    loss, parts = total_loss(out, truth)
    loss.backward()
    assert set(parts) == {"classes", "probability", "near", "offset", "quality"}
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in net.parameters())


def test_planes_out_of_reach_cost_nothing() -> None:
    offset, log_variance = torch.randn(2, 5, 3), torch.zeros(2, 5, 3)
    assert offset_loss(offset, log_variance, torch.zeros(2, 5, 3), torch.zeros(2, 5)) == 0.0


def test_the_export_says_what_the_network_says(tmp_path: Path) -> None:
    import onnxruntime

    net, path = network(), tmp_path / "n.onnx"
    calibration = Calibration((1.0, 2.0, 3.0))
    assert len(export(net, calibration, 32, 48, path)) == 64
    pixels = np.random.default_rng(0).random((1, 1, 32, 48)).astype(np.float32)
    theirs = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]).run(None, {"pixels": pixels})
    ours = predict_all(net, calibration, torch.from_numpy(pixels))
    for a, b in zip(theirs, ours, strict=True):
        assert np.allclose(a, b.numpy(), atol=1e-4)
