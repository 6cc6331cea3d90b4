"""The processes of the graph: what they are asked to run, and how they end."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import rclpy
from rclpy.signals import SignalHandlerOptions

from sonoreach.station.processes import Domain
from sonoreach_nodes import run_nodes
from sonoreach_nodes.executor import make_executor, spin
from sonoreach_nodes.station_node import StationNode


def test_an_unknown_node_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_nodes.main(["run_nodes", "arm", "legs"]) == 2
    assert "name one or more of" in capsys.readouterr().err


@pytest.mark.system
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_process_ends_in_order_however_often_it_is_asked(tmp_path: Path, number: signal.Signals) -> None:
    domain = Domain()
    environment = os.environ | {"ROS_DOMAIN_ID": str(domain.number)}
    log = tmp_path / "log"
    with log.open("wb") as output:
        command = [sys.executable, "-m", "sonoreach_nodes.run_nodes", "safety"]
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    try:
        with rclpy.init(domain_id=domain.number, signal_handler_options=SignalHandlerOptions.NO):
            node, executor = StationNode("test_listener"), make_executor()
            executor.add_node(node)
            end_s = time.monotonic() + 60.0
            spin(executor, until=lambda: "safety" in node.get_node_names() or time.monotonic() > end_s)
            executor.shutdown()
            node.destroy_node()
        assert process.poll() is None, log.read_text()
        for _ in range(50):
            process.send_signal(number)
            time.sleep(0.002)
        assert process.wait(20.0) == 0
        assert log.read_text() == ""
    finally:
        process.kill()
        domain.close()
