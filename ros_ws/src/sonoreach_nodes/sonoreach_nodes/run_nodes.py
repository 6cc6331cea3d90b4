"""Run one or more nodes in one process: `run_nodes NAME... [--ros-args ...]`.

The launch files say which nodes go together.
"""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Sequence

import rclpy
from rclpy._rclpy_pybind11 import RCLError
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.utilities import remove_ros_args

from sonoreach.errors import SonoReachError
from sonoreach_nodes.station_node import StationNode

# Node name -> module of this package that holds it; the class is the name in CamelCase with "Node".
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


def make(name: str) -> StationNode:
    """Construct a node by its name."""
    module = importlib.import_module(f"sonoreach_nodes.{name}")
    node: StationNode = getattr(module, name.title().replace("_", "") + "Node")()
    return node


def main(argv: Sequence[str] | None = None) -> int:
    """Run until the context is shut down; returns the exit code."""
    arguments = list(sys.argv if argv is None else argv)
    names = remove_ros_args(arguments)[1:]
    if not names or set(names) - set(NODES):
        print(f"run_nodes: name one or more of {', '.join(NODES)}, got {' '.join(names) or 'nothing'}", file=sys.stderr)
        return 2
    nodes: list[StationNode] = []
    with rclpy.init(args=arguments):
        executor = SingleThreadedExecutor()
        try:
            for name in names:
                nodes.append(make(name))
                executor.add_node(nodes[-1])
            gc.collect()
            gc.freeze()
            executor.spin()
        except (ExternalShutdownException, KeyboardInterrupt):
            return 0
        except RCLError:
            if rclpy.ok():  # after a shutdown a callback that was still at work may not publish any more
                raise
            return 0
        except SonoReachError as error:
            print(f"{' '.join(names)}: {error}", file=sys.stderr, flush=True)
            return error.exit_code
        finally:
            for node in nodes:
                node.destroy_node()
    return 0


if __name__ == "__main__":
    sys.exit(main())
