"""The network: a small U-Net whose bottom and segmentation feed one head for planes and offsets."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from sonoreach.policies.training.vocabulary import CLASSES, PLANES

# Natural units of the offsets that the head works in: 10 mm, 10 mm, 20 degrees.
OFFSET_UNITS = (10.0, 10.0, 20.0)
PER_PLANE = 8  # probability, near, three offsets, three log-variances


def block(inputs: int, outputs: int, *, stride: int = 1, kernel: int = 3) -> nn.Sequential:
    """Convolution, normalisation, activation."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()
    )


class PlaneNetwork(nn.Module):
    """Input (n, 1, rows, columns) in 0-1; segmentation logits come at half resolution."""

    def __init__(self, rows: int, columns: int, widths: tuple[int, int, int, int] = (16, 32, 64, 96)) -> None:
        """Build for images of rows x columns, both multiples of 16."""
        super().__init__()
        w1, w2, w3, w4 = widths
        self.stem = block(1, w1, stride=2, kernel=5)
        self.down2 = nn.Sequential(block(w1, w2, stride=2), block(w2, w2))
        self.down3 = nn.Sequential(block(w2, w3, stride=2), block(w3, w3))
        self.down4 = nn.Sequential(block(w3, w4, stride=2), block(w4, w4), block(w4, w4))
        self.across3, self.up3 = nn.Conv2d(w4, w3, 1), block(w3, w3)
        self.across2, self.up2 = nn.Conv2d(w3, w2, 1), block(w2, w2)
        self.across1, self.up1 = nn.Conv2d(w2, w1, 1), block(w1, w1)
        self.classify = nn.Conv2d(w1, len(CLASSES), 1)
        self.squeeze = block(w4, 24, kernel=1)
        features = 24 * (rows // 16) * (columns // 16) + len(CLASSES) * (rows // 8) * (columns // 8)
        self.head = nn.Sequential(
            nn.Linear(features, 160), nn.ReLU(), nn.Dropout(0.2), nn.Linear(160, len(PLANES) * PER_PLANE + 1)
        )

    def forward(self, pixels: Tensor) -> dict[str, Tensor]:
        """Logits and offsets.

        Returns:
            classes (n, n_classes, rows/2, columns/2) logits; probability, near (n, n_planes) logits; offset and
            log_variance (n, n_planes, 3) in units of `OFFSET_UNITS`; quality (n,) logit.
        """
        half = self.stem(pixels)
        quarter = self.down2(half)
        eighth = self.down3(quarter)
        bottom = self.down4(eighth)
        up = self.up3(eighth + _double(self.across3(bottom)))
        up = self.up2(quarter + _double(self.across2(up)))
        up = self.up1(half + _double(self.across1(up)))
        classes = self.classify(up)
        shape = functional.avg_pool2d(classes.softmax(dim=1), 4)
        flat = torch.cat([self.squeeze(bottom).flatten(1), shape.flatten(1)], dim=1)
        values = self.head(flat)
        planes = values[:, 1:].reshape(-1, len(PLANES), PER_PLANE)
        return {
            "classes": classes,
            "quality": values[:, 0],
            "probability": planes[:, :, 0],
            "near": planes[:, :, 1],
            "offset": planes[:, :, 2:5],
            "log_variance": planes[:, :, 5:8].clamp(-7.0, 4.0),
        }


def _double(features: Tensor) -> Tensor:
    """Twice the resolution, interpolated."""
    return functional.interpolate(features, scale_factor=2.0, mode="bilinear", align_corners=False)
