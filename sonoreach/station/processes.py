"""The processes of the graph: start them, watch them, end them."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
import yaml

from sonoreach.errors import InputError
from sonoreach.station.launch_reader import ProcessSpec

DOMAINS = range(1, 101)  # higher ones collide with the ports of outgoing connections on Linux
END_S = 3.0


@dataclass
class Process:
    """A running process of the graph."""

    spec: ProcessSpec
    popen: subprocess.Popen[bytes]
    log: Path

    @property
    def title(self) -> str:
        """The nodes inside, for people."""
        return self.spec.title

    def family(self) -> list[psutil.Process]:
        """The process and all that it started, also when it is dead itself: each has a session of its own."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(ProcessLookupError, psutil.NoSuchProcess):
                alive = process.status() != psutil.STATUS_ZOMBIE
                if alive and os.getsid(process.pid) == self.popen.pid:
                    found.append(process)
        return found

    def last_words(self) -> str:
        """Last line that it wrote, "" when none."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1] if lines else ""


class Domain:
    """A ROS domain that no other station hears, so that two exams never hear each other.

    Held by a name of Linux's abstract sockets: like the ports of DDS it belongs to a network namespace, whatever user,
    root folder or container a station runs in, and like them it is free as soon as its process is gone.
    """

    def __init__(self) -> None:
        """Take the first free one.

        Raises:
            InputError: all are taken.
        """
        self._name = socket.socket(socket.AF_UNIX)
        for number in DOMAINS:
            with contextlib.suppress(OSError):
                self._name.bind(f"\0sonoreach-domain-{number}")
                self.number = number
                return
        self._name.close()
        raise InputError(f"all {len(DOMAINS)} ROS domains of this machine are taken by running stations")

    def close(self) -> None:
        """Give it back."""
        self._name.close()


class Processes:
    """The processes of one graph."""

    def __init__(self, specs: Sequence[ProcessSpec], domain: int) -> None:
        """Start them all.

        Args:
            specs: what to start.
            domain: ROS domain.
        """
        self._folder = tempfile.TemporaryDirectory(prefix="sonoreach-")
        self.running = [self._start(spec, number, domain) for number, spec in enumerate(specs)]

    @property
    def dead(self) -> list[Process]:
        """Those that have ended, for whatever reason."""
        return [p for p in self.running if p.popen.poll() is not None]

    def memory_mb(self) -> float:
        """Proportional memory of all processes [MB]: pages that several share are counted once."""
        total = 0.0
        for member in (m for process in self.running for m in process.family()):
            with contextlib.suppress(psutil.NoSuchProcess):
                total += member.memory_full_info().pss / 1e6
        return total

    def close(self) -> None:
        """End them all: politely, and after a while by force."""
        for process in self.running:
            if process.popen.poll() is None:
                process.popen.send_signal(signal.SIGINT)
        deadline_s = time.monotonic() + END_S
        for process in self.running:
            try:
                process.popen.wait(max(0.0, deadline_s - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.popen.kill()
                process.popen.wait()
            for member in process.family():
                member.kill()
        self._folder.cleanup()

    def _start(self, spec: ProcessSpec, number: int, domain: int) -> Process:
        folder = Path(self._folder.name)
        parameters, log = folder / f"{number}.yaml", folder / f"{number}.log"
        parameters.write_text(yaml.safe_dump({"/**": {"ros__parameters": spec.parameters}}), encoding="utf-8")
        command = [sys.executable, "-m", f"{spec.package}.{spec.executable}", *spec.arguments]
        command += ["--ros-args", "--params-file", str(parameters)]
        # The nodes end when this process does, however it ends; see sonoreach_nodes.run_nodes.
        ours = {"ROS_DOMAIN_ID": str(domain), "SONOREACH_LAUNCHER": str(os.getpid())}
        environment = os.environ | spec.environment | ours
        with log.open("wb") as output:
            # A session of its own: Ctrl-C in the terminal reaches only us, and we end the exam in order.
            popen = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )
        return Process(spec, popen, log)
