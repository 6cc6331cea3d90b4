"""Lets the tests of this room share `necks`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
