"""Draw the plots of docs/control.md: `python benchmarks/plot_control.py docs/images`."""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from sonoreach.control.teleoperation.packets import TeleoperationMode
from sonoreach.simulation.arm import trials
from sonoreach.simulation.arm.teleoperation_trial import teleoperate
from sonoreach.types.probe import ContactState


def force(axes: Axes, log: trials.Log, title: str, color: str = "tab:blue", label: str = "") -> None:
    """Force over time, from the start of the log."""
    axes.plot(log.time_s - log.time_s[0], log.force_n, color=color, lw=1, label=label)
    axes.set_title(title, fontsize=10)
    axes.set_xlabel("time [s]")
    axes.set_ylabel("force [N]")
    axes.grid(alpha=0.3)


def draw_trials(path: Path) -> None:
    """Scan, landing, jolt and silence."""
    figure, axes = plt.subplots(2, 2, figsize=(10, 6), layout="constrained")
    for seed, color in ((0, "tab:blue"), (9, "tab:orange")):
        stiffness = f"{trials.draw_conditions(seed).stiffness_n_m:.0f} N/m"
        force(axes[0, 0], trials.scan(seed), "scan of 100 mm, breathing ±8 mm, 5 N", color, stiffness)
        land = trials.land(seed)
        near = (land.contact != ContactState.FREE) & (land.time_s > 2.3)
        axes[0, 1].plot(land.time_s[near], land.target_n[near], "k--", lw=0.7)
        axes[0, 1].plot(land.time_s[near], land.force_n[near], color=color, lw=1, label=stiffness)
        force(axes[1, 1], trials.silence(seed), "targets stop coming at 0 s", color, stiffness)
    axes[0, 1].set_title("landing at 20 mm/s (dashed: wanted force)", fontsize=10)
    axes[0, 1].grid(alpha=0.3)
    jolt = trials.jolt(0)
    force(
        axes[1, 0], jolt.log, f"jolt of 40 mm in 0.2 s: peak {jolt.peak_n:.1f} N, clear in {1e3 * jolt.clear_s:.0f} ms"
    )
    axes[0, 0].set_ylim(4.8, 5.2)
    for one in axes.flat[[0, 1, 3]]:
        one.legend(fontsize=8)
    figure.savefig(path, dpi=110)


def draw_teleoperation(path: Path) -> None:
    """Force at body and hand in both modes at 300 ms."""
    figure, axes = plt.subplots(1, 2, figsize=(10, 3), layout="constrained", sharey=True)
    for one, mode in zip(axes, TeleoperationMode, strict=True):
        result = teleoperate(3, mode=mode)
        one.plot(result.log[:, 0], result.log[:, 1], lw=1, label="at the body")
        one.plot(result.log[:, 0], result.log[:, 2], lw=1, label="at the hand")
        one.set_title(f"{mode.value}, 300 ms round trip: {result.force_rms_n:.2f} N rms apart", fontsize=10)
        one.set_xlabel("time [s]")
        one.grid(alpha=0.3)
        one.legend(fontsize=8)
    axes[0].set_ylabel("force [N]")
    figure.savefig(path, dpi=110)


def draw_delays(path: Path) -> None:
    """Force error over the round trip, both modes."""
    figure, axes = plt.subplots(figsize=(5, 3), layout="constrained")
    round_trips = np.array([0.0, 0.1, 0.3, 0.6, 1.0])
    for mode in TeleoperationMode:
        errors = [teleoperate(3, mode=mode, round_trip_s=float(t)).force_rms_n for t in round_trips]
        axes.plot(1e3 * round_trips, errors, "o-", label=mode.value)
    axes.set_xlabel("round trip [ms] (20 ms jitter, 2 % loss)")
    axes.set_ylabel("force difference [N rms]")
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/images")
    folder.mkdir(parents=True, exist_ok=True)
    draw_trials(folder / "control-trials.png")
    draw_teleoperation(folder / "control-teleoperation.png")
    draw_delays(folder / "control-delays.png")
