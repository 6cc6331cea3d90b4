"""Run one or more nodes in one process: `run_nodes NAME... [--ros-args ...]`.

The launch files say which nodes go together.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import rclpy
from rclpy.signals import SignalHandlerOptions
from rclpy.utilities import remove_ros_args

from sonoreach.errors import SonoReachError
from sonoreach_nodes.executor import make_executor, spin
from sonoreach_nodes.interrupts import Interrupts
from sonoreach_nodes.shared_memory import sweep_shared_memory
from sonoreach_nodes.station_node import StationNode

PR_SET_PDEATHSIG = 1  # linux/prctl.h
START_S = 120  # the first start on a machine compiles
# Each is a module of this package with a class named after it: front_end holds FrontEndNode.
NODES = (
    "registration",
    "arm",
    "front_end",
    "beamformer",
    "perception",
    "steering",
    "exam",
    "measurement",
    "report",
    "safety",
)


def node_class(name: str) -> Any:
    """The class of a node by its name."""
    module = importlib.import_module(f"sonoreach_nodes.{name}")
    return getattr(module, name.title().replace("_", "") + "Node")


def hurry(niceness: int) -> None:
    """Take a scheduling priority where the system permits it; threads started later inherit it."""
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, niceness)
    with contextlib.suppress(OSError):  # Linux may weigh whole sessions against each other (sched_autogroup)
        Path("/proc/self/autogroup").write_text(str(niceness), encoding="ascii")


def end_with_launcher() -> None:
    """Ask Linux to interrupt this process when the `sonoreach` command that started it is gone."""
    if os.environ.get("SONOREACH_LAUNCHER") == str(os.getppid()):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0)


def main(argv: Sequence[str] | None = None) -> int:
    """Run until somebody asks to end; returns the exit code."""
    arguments = list(sys.argv if argv is None else argv)
    names = remove_ros_args(arguments)[1:]
    if not names or set(names) - set(NODES):
        print(f"run_nodes: name one or more of {', '.join(NODES)}, got {' '.join(names) or 'nothing'}", file=sys.stderr)
        return 2
    with contextlib.ExitStack() as ends:
        interrupts = ends.enter_context(Interrupts(signal.SIGINT, signal.SIGTERM, ignore_afterwards=True))
        end_with_launcher()
        classes = [node_class(name) for name in names]
        hurry(min(found.niceness for found in classes))
        sweep_shared_memory()
        # Whatever holds the middleware up inside a constructor, no signal is heeded there; the alarm ends the process.
        signal.alarm(START_S)
        ends.enter_context(rclpy.init(args=arguments, signal_handler_options=SignalHandlerOptions.NO))
        executor = make_executor()
        try:
            for found in classes:
                node: StationNode = found()
                ends.callback(node.destroy_node)  # an error in one does not keep the others
                executor.add_node(node)
            signal.alarm(0)
            gc.collect()
            gc.freeze()
            spin(executor, until=lambda: interrupts.count > 0)
        except SonoReachError as error:
            print(error, file=sys.stderr, flush=True)
            return error.exit_code
        finally:
            executor.shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main())
