"""Fast DDS reads its profile once a process: the participants of the tests take the way that the command takes."""

import os
from pathlib import Path

PROFILE = Path(__file__).parents[1] / "launch" / "fastdds_udp.xml"
os.environ |= {"FASTDDS_DEFAULT_PROFILES_FILE": str(PROFILE), "ROS_AUTOMATIC_DISCOVERY_RANGE": "SYSTEM_DEFAULT"}
