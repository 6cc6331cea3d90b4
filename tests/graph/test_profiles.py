"""The DDS profiles in launch/, as the processes of the graph use them."""

import os
import socket
import subprocess
import sys

import pytest

from sonoreach.station.graph import launch_folder
from sonoreach.station.processes import Domain

LAST_PARTICIPANT = 31  # that the profiles ask for, by its number on this host
A_NODE_OF_THREE_SECONDS = """
import sys, time
import rclpy
with rclpy.init(domain_id=int(sys.argv[1])):
    node = rclpy.create_node("newcomer")
    time.sleep(3.0)
"""


@pytest.mark.parametrize("profile", ["fastdds.xml", "fastdds_udp.xml"])
def test_a_process_that_starts_goes_on_announcing_itself(profile: str) -> None:
    domain = Domain()
    settings = {
        "FASTDDS_DEFAULT_PROFILES_FILE": str(launch_folder() / profile),
        "ROS_AUTOMATIC_DISCOVERY_RANGE": "SYSTEM_DEFAULT",
    }
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 7400 + 250 * domain.number + 10 + 2 * LAST_PARTICIPANT))  # RTPS 2.3, 9.6.2.3
        listener.setblocking(False)
        command = [sys.executable, "-c", A_NODE_OF_THREE_SECONDS, str(domain.number)]
        subprocess.run(command, env=os.environ | settings, check=True, timeout=120)
        heard = 0
        while True:
            try:
                heard += listener.recv(65536).startswith(b"RTPS")
            except BlockingIOError:
                break
    domain.close()
    assert heard > 12, "without the profile it is seven at most: five in half a second, then one every 3 s"
