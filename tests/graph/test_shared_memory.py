"""Only what the dead left behind is swept."""

import fcntl
import os
import time
from pathlib import Path

from sonoreach_nodes.shared_memory import sweep_shared_memory


def test_the_living_keep_theirs(tmp_path: Path) -> None:
    for name in ("fastdds_dead", "fastdds_dead_el", "fastdds_alive", "fastdds_alive_el", "fastdds_port1_el"):
        (tmp_path / name).write_bytes(b"")
        os.utime(tmp_path / name, (time.time() - 60.0,) * 2)
    (tmp_path / "fastdds_begun_el").write_bytes(b"")
    with (tmp_path / "fastdds_alive_el").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert sweep_shared_memory(tmp_path) == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "fastdds_alive",
        "fastdds_alive_el",
        "fastdds_begun_el",
        "fastdds_port1_el",
    ]


def test_a_port_that_its_maker_did_not_live_to_finish_is_swept(tmp_path: Path) -> None:
    contents = {"empty": b"", "begun": bytes(64), "making": (1).to_bytes(4, "little") + bytes(60)}
    contents |= {"finished": (2).to_bytes(4, "little") + bytes(60)}
    ports = {name: tmp_path / f"fastdds_port{number}" for number, name in enumerate(contents, start=7000)}
    for name, port in ports.items():
        port.write_bytes(contents[name])
        os.utime(port, (time.time() - 60.0,) * 2)
    fresh = tmp_path / "fastdds_port8000"
    fresh.write_bytes(b"")
    assert sweep_shared_memory(tmp_path) == 3
    assert sorted(tmp_path.iterdir()) == [ports["finished"], fresh], "one is at work, one is being made just now"
