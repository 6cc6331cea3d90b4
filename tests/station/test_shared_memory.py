"""Only what the dead left behind is swept."""

import fcntl
from pathlib import Path

from sonoreach.station.shared_memory import sweep_shared_memory


def test_the_living_keep_theirs(tmp_path: Path) -> None:
    for name in ("fastdds_dead", "fastdds_dead_el", "fastdds_alive", "fastdds_alive_el", "fastdds_port1_el"):
        (tmp_path / name).write_bytes(b"")
    with (tmp_path / "fastdds_alive_el").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert sweep_shared_memory(tmp_path) == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["fastdds_alive", "fastdds_alive_el", "fastdds_port1_el"]
