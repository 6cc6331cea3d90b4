"""Fast DDS reads its profile once a process: every participant of the tests is one beside the graph, as a command is."""

import os
from pathlib import Path

PROFILE = Path(__file__).parents[1] / "launch" / "fastdds_udp.xml"
os.environ |= {"FASTDDS_DEFAULT_PROFILES_FILE": str(PROFILE), "ROS_AUTOMATIC_DISCOVERY_RANGE": "SYSTEM_DEFAULT"}
