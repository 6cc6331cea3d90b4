"""`sonoreach bench system`: a whole exam on the ROS graph in real time, timed by the stamps of its messages."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil

from sonoreach.errors import EndedEarly
from sonoreach.types.exam import ExamPhase, ExamProgress

if TYPE_CHECKING:
    from sonoreach.station.graph import Graph

MEMORY_EVERY_S = 3.0
SCANNING = (ExamPhase.SEARCH, ExamPhase.HOLD, ExamPhase.CAPTURE, ExamPhase.MEASURE, ExamPhase.NEXT)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the benchmark's arguments."""
    parser.add_argument("--protocol", default="thyroid", help="name or YAML file (default %(default)s)")
    parser.add_argument("--patient", type=int, default=7, metavar="SEED", help="which simulated patient (default 7)")
    parser.add_argument("--planes", default="", metavar="A,B", help="planes to take; all when not given")


class Meter:
    """Listens to a graph from the side of the command line.

    Attributes:
        first_image_s: from the start of this process to the first image [s].
        ages_s: age of each estimate when it arrives here: now minus the stamp of its transmit [s].
        arrivals_s: when each estimate arrived [s].
        memory_mb: largest memory of all processes together [MB].
    """

    def __init__(self, graph: Graph) -> None:
        """Listen to images until the first, to estimates while the probe scans."""
        from sonoreach_msgs.msg import BModeImage, PlaneEstimate

        from sonoreach_nodes import qos

        self._graph, node = graph, graph.client
        self.first_image_s = float("nan")
        self.ages_s: list[float] = []
        self.arrivals_s: list[float] = []
        self.memory_mb = 0.0
        self._memory_s = float("-inf")
        self._loop = (0, 0)
        self._frame_ids: list[int] = []
        self._scanning = False
        self._images = node.create_subscription(BModeImage, "/beamformer/image", self._hear_image, qos.FRAMES, raw=True)
        node.create_subscription(PlaneEstimate, "/perception/plane", self._hear_estimate, qos.FRAMES)

    def progress(self, progress: ExamProgress) -> None:
        """Follow the exam; look at the memory now and then."""
        scanning = progress.phase in SCANNING
        if scanning and not self._scanning:
            self._loop = self._cycles()
        self._scanning = scanning
        if time.monotonic() - self._memory_s > MEMORY_EVERY_S:
            self._memory_s = time.monotonic()
            own_mb = psutil.Process().memory_full_info().pss / 1e6
            self.memory_mb = max(self.memory_mb, own_mb + self._graph.processes.memory_mb())

    def figures(self) -> dict[str, float]:
        """The figures.

        Raises:
            EndedEarly: the exam never came to scanning.
        """
        if len(self.arrivals_s) < 2:
            raise EndedEarly("the exam ended before anything could be measured")
        cycles, overruns = (end - start for end, start in zip(self._cycles(), self._loop, strict=True))
        sent = self._frame_ids[-1] - self._frame_ids[0] + 1
        return {
            "images_per_s": (len(self.arrivals_s) - 1) / (self.arrivals_s[-1] - self.arrivals_s[0]),
            "echo_to_estimate_p95_ms": 1e3 * float(np.percentile(self.ages_s, 95)),
            "loop_overrun_fraction": overruns / max(cycles, 1),
            "memory_total_mb": self.memory_mb,
            "first_image_s": self.first_image_s,
            "echo_to_estimate_median_ms": 1e3 * float(np.median(self.ages_s)),
            "frames_lost_fraction": 1.0 - len(self._frame_ids) / sent,
            "images": len(self.arrivals_s),
        }

    def _cycles(self) -> tuple[int, int]:
        arm = self._graph.client.heard.get("arm", {})
        return int(arm.get("cycles", 0)), int(arm.get("overruns", 0))

    def _hear_image(self, _: bytes) -> None:
        if np.isnan(self.first_image_s):
            self.first_image_s = time.time() - psutil.Process().create_time()
            self._graph.client.destroy_subscription(self._images)

    def _hear_estimate(self, message: Any) -> None:
        if self._scanning:
            stamp = message.header.stamp
            self.ages_s.append(self._graph.client.now_s() - stamp.sec - stamp.nanosec * 1e-9)
            self.arrivals_s.append(time.monotonic())
            self._frame_ids.append(message.frame_id)


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Run one exam; returns the figures.

    Raises:
        InputError: a bad protocol, plane or patient.
        EndedEarly: the exam ended before anything could be measured.
    """
    from sonoreach.cli.exam import check_patient
    from sonoreach.policies.protocol import Protocol
    from sonoreach.station.graph import Graph

    protocol, planes = Protocol.load(args.protocol), [name for name in args.planes.split(",") if name]
    for name in planes:
        protocol.plane(name)
    check_patient(args.patient)
    with tempfile.TemporaryDirectory() as folder:
        arguments = {
            "protocol": args.protocol,
            "patient": str(args.patient),
            "out": str(Path(folder) / "exam"),
        }
        meters: list[Meter] = []
        with Graph("simulation.launch.xml", arguments, lambda progress: meters[0].progress(progress)) as graph:
            meters.append(Meter(graph))
            graph.wait_until_ready()
            outcome = graph.run(args.protocol, planes)
    if outcome.ended:
        print(f"the exam ended early: {outcome.ended}", file=sys.stderr)
    obtained = sum(result.obtained for result in outcome.results)
    return meters[0].figures() | {
        "planes_obtained": obtained,
        "planes_total": len(outcome.results),
        "cores": os.cpu_count() or 1,
        "load_average": os.getloadavg()[0],
    }
