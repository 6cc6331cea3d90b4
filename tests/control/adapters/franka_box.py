"""A Franka arm's control box for tests: libfranka's network protocol, version 10, in front of a simulated arm.

TCP port 1337 takes commands, UDP carries a robot state each millisecond and a robot command back. All structures are
packed, little-endian (facts from the public headers `research_interface/robot/{service,rbk}_types.h`, and, where they
are older than the package, from what the package accepts). The box waits for the command that answers a state, so
that tests do not depend on the machine's speed; a real one goes on and gives up after 20 lost commands.
"""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import socket
import struct
import threading
import time
from typing import Any

import numpy as np
import pinocchio as pin

from sonoreach.control.robot import RobotModel
from sonoreach.simulation.arm.plant import ArmPlant, PlantOptions
from sonoreach.simulation.arm.sensor import WristSensor
from sonoreach.simulation.arm.surfaces import BreathingBody

VERSION, PORT = 10, 1337
HEADER, CONNECT_DATA = struct.Struct("<III"), struct.Struct("<HH")
CONNECT, MOVE, STOP_MOVE, SET_COLLISION, RECOVER, GET_MODEL = 0, 1, 2, 3, 10, 11
SUCCESS, MOTION_STARTED, PREEMPTED, NOT_POSSIBLE, REFLEX_ABORTED = 0, 1, 2, 5, 8
IDLE, MOVING, REFLEX, USER_STOPPED = 1, 2, 4, 5
EXTERNAL_CONTROLLER, NO_CONTROLLER, NO_GENERATOR = 2, 3, 5
MOVE_EXTERNAL, MOVE_NO_GENERATOR = 2, 4
ERRORS = {"joint_reflex": 6, "cartesian_reflex": 7, "communication_constraints_violation": 25}
ROBOT_COMMAND = struct.Struct("<Q7d7d16d6d2d??7d?")
# every field of a robot state before the modes, with its number of floats
FIELDS = {
    "O_T_EE": 16, "O_T_EE_d": 16, "F_T_EE": 16, "EE_T_K": 16, "F_T_NE": 16, "NE_T_EE": 16, "m_ee": 1, "I_ee": 9,
    "F_x_Cee": 3, "m_load": 1, "I_load": 9, "F_x_Cload": 3, "elbow": 2, "elbow_d": 2, "tau_J": 7, "tau_J_d": 7,
    "dtau_J": 7, "q": 7, "q_d": 7, "dq": 7, "dq_d": 7, "ddq_d": 7, "joint_contact": 7, "cartesian_contact": 6,
    "joint_collision": 7, "cartesian_collision": 6, "tau_ext_hat_filtered": 7, "O_F_ext_hat_K": 6,
    "K_F_ext_hat_K": 6, "O_dP_EE_d": 6, "O_ddP_O": 3, "elbow_c": 2, "delbow_c": 2, "ddelbow_c": 2, "O_T_EE_c": 16,
    "O_dP_EE_c": 6, "O_ddP_EE_c": 6, "theta": 7, "dtheta": 7, "accelerometer_top": 18, "accelerometer_bottom": 18,
}  # fmt: skip
STATE = struct.Struct(f"<Q{sum(FIELDS.values())}fBB41s41sBf")
JOINT = (
    '<joint name="fr3_joint{0}" type="revolute"><limit effort="87" lower="-3" upper="4" velocity="2.6"/>'
    '<position_based_velocity_limits velocity_offset="0.3" deceleration_limit="6"/></joint>'
)
URDF = f'<robot name="fr3">{"".join(JOINT.format(i) for i in range(1, 8))}</robot>'.encode()


class FrankaBox:
    """The control box of a simulated Franka arm over a body, with what its operator and its cables may do to it.

    Attributes:
        host: its own address.
        requests: number of every command that came, in order.
        torques: the last torques that came, shape (7,) [N m].
        commands: how many robot commands came.
        gravity: torques that it adds by itself.
        answer_s: time from each state to the command that answers it [s].
        finished: what the last motion ended with.
        mute: it says nothing at all, as behind a pulled cable.
        deaf: it ignores commands, and goes on sending states.
    """

    def __init__(self, host: str, *, version: int = VERSION, mode: int = IDLE, end_effector_kg: float = 0.0) -> None:
        self.host, self.version, self.mode, self.end_effector_kg = host, version, mode, end_effector_kg
        self.requests: list[int] = []
        self.torques, self.commands, self.finished = np.zeros(7), 0, -1
        self.answer_s: list[float] = []
        self.mute = self.deaf = False
        robot = RobotModel.load("panda")
        body = BreathingBody(top_m=(0.5, 0.0, 0.29), stiffness_n_m=600.0)
        self.plant = ArmPlant(robot, body, PlantOptions())
        self._sensor = WristSensor(robot.config.tool, PlantOptions(), 0, 1e-3)
        self._flange_probe = robot.link_flange.inverse() @ robot.link_probe
        self.gravity = _BareGravity(robot)
        self._reflex = bytes(41)
        self._move_id: int | None = None
        self._answered = False
        self._lock = threading.RLock()
        self._open = True
        self._server = socket.create_server((host, PORT))
        self._peers: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> FrankaBox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Switch off, without a word to the client."""
        self._open = False
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self._server.close()
        for peer in self._peers:
            with contextlib.suppress(OSError):
                peer.shutdown(socket.SHUT_RDWR)
            peer.close()

    def abort(self, error: str) -> None:
        """End the motion by a reflex of the robot's own."""
        with self._lock:
            self._reflex = bytes(int(i == ERRORS[error]) for i in range(41))
            self.mode = REFLEX
            self._finish(REFLEX_ABORTED)

    def _accept(self) -> None:
        while self._open:
            try:
                client, address = self._server.accept()
            except OSError:
                return
            self._peers.append(client)
            threading.Thread(target=self._listen, args=(client, address[0]), daemon=True).start()

    def _listen(self, client: socket.socket, address: str) -> None:
        """Take commands until the client hangs up; a motion does not outlive its client."""
        self._client = client
        with contextlib.suppress(OSError), client.makefile("rb") as stream:
            while len(header := stream.read(HEADER.size)) == HEADER.size:
                command, number, size = HEADER.unpack(header)
                payload = stream.read(size - HEADER.size)
                self.requests.append(command)
                if not (self.mute or self.deaf):
                    self._answer(command, number, payload, address)
        with self._lock:
            self._move_id = None
            self.mode = IDLE if self.mode == MOVING else self.mode

    def _answer(self, command: int, number: int, payload: bytes, address: str) -> None:
        with self._lock:
            if command == CONNECT:
                version, port = CONNECT_DATA.unpack(payload)
                self._reply(command, number, int(version != self.version), struct.pack("<H", self.version))
                if version == self.version:
                    threading.Thread(target=self._run, args=(self._client, (address, port)), daemon=True).start()
            elif command == GET_MODEL:
                self._reply(command, number, SUCCESS, URDF)
            elif command == MOVE:
                self._start(number, payload)
            elif command == STOP_MOVE:
                self.mode = IDLE if self.mode == MOVING else self.mode
                self._finish(PREEMPTED)
                self._reply(command, number, SUCCESS)
            else:
                if command == RECOVER:
                    self.mode, self._reflex = IDLE, bytes(41)
                self._reply(command, number, SUCCESS)

    def _start(self, number: int, payload: bytes) -> None:
        """Begin a motion: torques without a motion generator are all that this box takes."""
        if self.mode != IDLE or struct.unpack("<II", payload[:8]) != (MOVE_EXTERNAL, MOVE_NO_GENERATOR):
            self._reply(MOVE, number, NOT_POSSIBLE)
            return
        self._reply(MOVE, number, MOTION_STARTED)
        self.mode, self._move_id, self._answered = MOVING, number, False

    def _finish(self, status: int) -> None:
        """Tell how the motion ended."""
        if self._move_id is not None:
            number, self._move_id, self.finished = self._move_id, None, status
            self._reply(MOVE, number, status)

    def _reply(self, command: int, number: int, status: int, more: bytes = b"") -> None:
        with contextlib.suppress(OSError):
            self._client.sendall(HEADER.pack(command, number, HEADER.size + 1 + len(more)) + bytes([status]) + more)

    def _run(self, client: socket.socket, address: tuple[str, int]) -> None:
        """A state each millisecond; in a motion, a step of the arm for each command."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.bind((self.host, 0))
            for count in itertools.count(1):
                start_s = time.monotonic()
                if not self._open or client.fileno() < 0:
                    return
                if not self.mute:
                    udp.sendto(self._state(count), address)
                if self.mode == MOVING:
                    self._take(udp, count)
                time.sleep(max(0.0, start_s + 1e-3 - time.monotonic()))

    def _take(self, udp: socket.socket, count: int) -> None:
        """Wait for the command that answers a state, and move; before the first command of a motion only look."""
        sent_s = time.monotonic()
        while self._open and self.mode == MOVING:
            udp.settimeout(0.05 if self._answered else 1e-3)
            try:
                data = udp.recv(4096)
            except TimeoutError:
                if self._answered:
                    continue
                return
            self._answered = True
            assert len(data) == ROBOT_COMMAND.size
            number, *_ = command = ROBOT_COMMAND.unpack(data)
            if number < count:
                continue
            self.answer_s.append(time.monotonic() - sent_s)
            self.torques, self.commands = np.array(command[-8:-1]), self.commands + 1
            self.plant.step(self.torques + self.gravity(self.plant.q), 1e-3 * count)
            return

    def _state(self, count: int) -> bytes:
        """The robot state as it goes over the wire."""
        reading = self._sensor.sample(self.plant.memory)
        force = self._flange_probe.rotation @ reading[:3]
        moment = self._flange_probe.rotation @ reading[3:] + np.cross(self._flange_probe.position_m, force)
        identity = np.eye(4).ravel()
        values: dict[str, Any] = {name: np.zeros(n) for name, n in FIELDS.items()}
        values |= dict.fromkeys(("O_T_EE", "F_T_EE", "EE_T_K", "F_T_NE", "NE_T_EE"), identity)
        values |= {"q": self.plant.q, "dq": self.plant.v, "m_ee": [self.end_effector_kg]}
        values["K_F_ext_hat_K"] = -np.concatenate([force, moment])
        moving = self.mode == MOVING
        numbers = np.concatenate([values[name] for name in FIELDS])
        return STATE.pack(
            count, *numbers.tolist(), NO_GENERATOR if moving else 0, EXTERNAL_CONTROLLER if moving else NO_CONTROLLER,
            self._reflex if self.mode == REFLEX else bytes(41), self._reflex, self.mode, 1.0 if moving else 0.0,
        )  # fmt: skip


class _BareGravity:
    """Gravity torques of the arm without the probe, as a robot with no end effector compensates them."""

    def __init__(self, robot: RobotModel) -> None:
        tool = dataclasses.replace(robot.config.tool, mass_kg=1e-9)
        self._model = RobotModel.from_config(dataclasses.replace(robot.config, tool=tool)).model
        self._data, self._gravity = self._model.createData(), pin.computeGeneralizedGravity

    def __call__(self, q: Any) -> Any:
        return self._gravity(self._model, self._data, q)
