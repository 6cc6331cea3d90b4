"""From a trained network to the ONNX file that the detector runs."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from sonoreach.perception.onnx_detector import OUTPUTS
from sonoreach.policies.training.network import OFFSET_UNITS, PlaneNetwork


@dataclass(frozen=True)
class Calibration:
    """What validation images say of the raw outputs.

    Attributes:
        std_scale: factor on the predicted standard deviations of x, y and yaw, so that they match the errors.
    """

    std_scale: tuple[float, float, float] = (1.0, 1.0, 1.0)


class DeployedNetwork(nn.Module):
    """The network with outputs as the detector reads them: labels at full resolution, physical units, 0-1."""

    def __init__(self, network: PlaneNetwork, calibration: Calibration) -> None:
        """Wrap a network in evaluation mode."""
        super().__init__()
        self.network = network
        self.register_buffer("units", torch.tensor(OFFSET_UNITS))
        self.register_buffer("std_units", torch.tensor(OFFSET_UNITS) * torch.tensor(calibration.std_scale))

    def forward(self, pixels: Tensor) -> tuple[Tensor, ...]:
        """Outputs in the order of `OUTPUTS`."""
        out = self.network(pixels)
        logits = functional.interpolate(out["classes"], scale_factor=2.0, mode="bilinear", align_corners=False)
        return (
            logits.argmax(dim=1).to(torch.uint8),
            out["probability"].sigmoid(),
            out["near"].sigmoid(),
            out["offset"] * self.units,
            torch.exp(0.5 * out["log_variance"]) * self.std_units,
            out["quality"].sigmoid(),
        )


def export(network: PlaneNetwork, calibration: Calibration, rows: int, columns: int, path: Path) -> str:
    """Write the ONNX file.

    Returns:
        Its SHA-256 in lower-case hexadecimal.
    """
    deployed = DeployedNetwork(network.to(memory_format=torch.contiguous_format), calibration).eval()
    torch.onnx.export(
        deployed,
        (torch.zeros(1, 1, rows, columns),),
        str(path),
        input_names=["pixels"],
        output_names=list(OUTPUTS),
        opset_version=17,
        dynamo=False,
    )
    return hashlib.sha256(path.read_bytes()).hexdigest()


def predict_all(network: PlaneNetwork, calibration: Calibration, pixels: Tensor, size: int = 128) -> list[Tensor]:
    """Outputs of the deployed network for many images (n, 1, rows, columns), in the order of `OUTPUTS`."""
    deployed = DeployedNetwork(network, calibration).eval()
    with torch.inference_mode():
        parts = [deployed(chunk) for chunk in pixels.split(size)]
    return [torch.cat(column) for column in zip(*parts, strict=True)]
