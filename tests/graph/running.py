"""A station that runs: its processes, and somebody who asks for exams."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import rclpy
from rclpy.signals import SignalHandlerOptions
from sonoreach_msgs.action import RunExam

from sonoreach.station.exam_client import ExamClient
from sonoreach.station.graph import launch_folder
from sonoreach.station.launch_reader import read_launch
from sonoreach.station.processes import Domain, Processes


class Station:
    """Every process of a launch file, and somebody who asks for exams."""

    def __init__(self, launch_file: str, out: Path, **arguments: str) -> None:
        self.out, epoch_s = out, arguments.get("epoch_s", repr(time.time()))
        given = {"out": str(out), "silence_s": "3.0", "epoch_s": epoch_s} | arguments
        specs = read_launch(launch_folder() / launch_file, given)
        self._domain = Domain()
        os.environ.update(specs[0].ros_environment | {"ROS_DOMAIN_ID": str(self._domain.number)})
        self._processes = Processes(specs, self._domain.number)
        arguments = ["--ros-args", "-p", f"epoch_s:={epoch_s}"]
        self._context = rclpy.init(args=arguments, signal_handler_options=SignalHandlerOptions.NO)
        self.client = ExamClient()

    def close(self) -> None:
        self.client.close()
        rclpy.try_shutdown()
        self._processes.close()
        self._domain.close()

    def until(self, what: Callable[[], bool], timeout_s: float = 120.0) -> None:
        end_s = time.monotonic() + timeout_s
        while not what():
            assert time.monotonic() < end_s, (self.client.answered, self.client.heard)
            assert not self._processes.dead, [p.last_words() for p in self._processes.dead]
            self.client.spin(0.05)

    def call(self, kind: Any, name: str, **fields: str) -> Any:
        client = self.client.create_client(kind, name)
        self.until(client.service_is_ready)
        future = client.call_async(kind.Request(**fields))
        self.until(future.done)
        return future.result()

    def exam(self, *planes: str, protocol: str = "thyroid") -> RunExam.Result:
        self.until(lambda: self.client.ready)
        self.client.outcome = None
        self.client.start(protocol, planes)
        self.until(lambda: self.client.outcome is not None)
        assert self.client.outcome is not None
        return self.client.outcome
