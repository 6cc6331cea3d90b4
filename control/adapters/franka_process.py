"""The process that holds the connection to a Franka arm: `python -m sonoreach.control.adapters.franka_process`.

A process of its own, because pylibfranka keeps Python's interpreter lock while it waits for the robot: in the
controller's process it would halt every other thread for most of each millisecond, and for good when a robot falls
silent between a request and its answer. Messages go over a socket that keeps their borders, kind first:
it sends READY, SAMPLE (time, q, dq, K_F_ext_hat_K) and ERROR (a sentence); it hears START, TORQUE and end of file.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import socket
import struct
import sys
from typing import Any

READY, SAMPLE, ERROR, START, TORQUE = b"r", b"s", b"e", b"g", b"t"
SAMPLE_DATA, TORQUE_DATA = struct.Struct("=21d"), struct.Struct("=7d")
LONGEST_MESSAGE = 4096
PATIENCE_S = 1.0  # longest wait for torques of a controller that hangs; the robot gives up after 20 lost packets
CONNECT_S, CYCLE_S = 20.0, 4.0  # longest time for connecting, and for one cycle or the stop
IDENTITY = [float(i % 5 == 0) for i in range(16)]
COLLISION_TORQUE_NM = [20.0, 20.0, 18.0, 18.0, 16.0, 14.0, 12.0]  # as libfranka's examples set them
COLLISION_MOMENT_NM = 25.0


def watch(seconds: float) -> None:
    """End this process unless called again in time; 0 ends the watch.

    libfranka waits without end for an answer over TCP, and no Python code runs meanwhile: only a signal helps.
    """
    signal.setitimer(signal.ITIMER_REAL, seconds)


def prepare(library: Any, robot: Any, collision_force_n: float, recover: bool) -> None:
    """Bring a robot at rest into the state that the driver counts on, or refuse it in a sentence.

    The stiffness frame becomes the flange and the load nothing, so that K_F_ext_hat_K holds the tool's weight.

    Args:
        library: pylibfranka.
        robot: its robot, connected.
        collision_force_n: external force at which the robot's own reflex shall stop it [N].
        recover: whether to clear a reflex that still stands from an earlier motion.

    Raises:
        RuntimeError: the robot is not idle, or Desk gives it an end effector.
    """
    state = robot.read_once()
    if recover and state.robot_mode == library.RobotMode.Reflex:
        robot.automatic_error_recovery()
        state = robot.read_once()
    if state.robot_mode != library.RobotMode.Idle:
        found = f" after {state.last_motion_errors}" if state.last_motion_errors else ""
        raise RuntimeError(
            f"it is in the mode {state.robot_mode.name}{found}, not Idle: look at it, release the brakes and the "
            "stop button; a reflex is cleared by connecting with recover=True"
        )
    if state.m_ee > 0.0 or any(abs(a - b) > 1e-6 for a, b in zip(state.F_T_NE, IDENTITY, strict=True)):
        raise RuntimeError(f"Desk gives it an end effector of {state.m_ee:g} kg: choose none there")
    robot.set_EE(IDENTITY)
    robot.set_K(IDENTITY)
    if state.m_load > 0.0:
        robot.set_load(0.0, [0.0] * 3, [0.0] * 9)
    force = [collision_force_n] * 3 + [COLLISION_MOMENT_NM] * 3
    robot.set_collision_behavior(COLLISION_TORQUE_NM, COLLISION_TORQUE_NM, force, force)


def exchange(link: socket.socket, library: Any, robot: Any) -> None:
    """Pass states and torques to and fro until the other side hangs up, then stop the motion.

    Raises:
        RuntimeError: no torque came in time.
    """
    watch(CYCLE_S)
    control = robot.start_torque_control()
    link.settimeout(PATIENCE_S)
    try:
        while True:
            watch(CYCLE_S)
            state, _ = control.readOnce()
            link.send(SAMPLE + SAMPLE_DATA.pack(state.time.to_sec(), *state.q, *state.dq, *state.K_F_ext_hat_K))
            answer = link.recv(LONGEST_MESSAGE)
            if answer[:1] != TORQUE:
                break
            control.writeOnce(library.Torques(list(TORQUE_DATA.unpack(answer[1:]))))
    except TimeoutError as error:
        robot.stop()
        raise RuntimeError(f"the controller gave no torque for {PATIENCE_S:g} s") from error
    except (BrokenPipeError, ConnectionResetError):
        pass
    robot.stop()


def serve(link: socket.socket, host: str, collision_force_n: float, recover: bool) -> None:
    """Connect, say READY, wait for START, exchange."""
    watch(CONNECT_S)
    library: Any = importlib.import_module("pylibfranka")
    # without a real-time kernel libfranka would refuse; the arm's loop says itself when it runs degraded
    robot = library.Robot(host, library.RealtimeConfig.kIgnore)
    prepare(library, robot, collision_force_n, recover)
    watch(0.0)
    link.send(READY)
    if link.recv(LONGEST_MESSAGE) == START:
        exchange(link, library, robot)


def main() -> None:
    """Arguments: file descriptor of the link, host, collision force [N], "recover" or "keep"."""
    descriptor, host, force, recover = sys.argv[1:]
    link = socket.socket(fileno=int(descriptor))
    try:
        serve(link, host, float(force), recover == "recover")
    except Exception as error:  # libfranka raises unrelated types; every one of them ends the connection
        sentence = " ".join(str(error).removeprefix("libfranka: ").split())
        link.setblocking(False)
        with contextlib.suppress(OSError):
            link.send(ERROR + sentence.encode()[: LONGEST_MESSAGE - 1])
    os._exit(0)  # libfranka's destructors would wait for a robot that may have gone


if __name__ == "__main__":
    main()
