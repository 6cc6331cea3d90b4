"""The wire to an arm of metal whose joints take torques, without the controller."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class JointSample:
    """What a driver reads in one cycle.

    Attributes:
        time_s: the robot's clock [s].
        q, v: joint positions [rad] and velocities [rad/s], shape (n_joints,).
        flange_wrench: wrench that the tool exerts on what is beyond it, its weight included, in the flange's axes at
            the flange, shape (6,) [N, N m].
    """

    time_s: float
    q: Array
    v: Array
    flange_wrench: Array


class JointDriver(ABC):
    """The wire to a robot whose joints take torques.

    Attributes:
        rate_hz: cycles a second.
        carries_tool: whether the robot's own gravity compensation carries the tool as well.
    """

    rate_hz: float
    carries_tool: bool

    @abstractmethod
    def start(self) -> JointSample:
        """Begin to take torques; returns the first sample, which the robot wants answered at once.

        Raises:
            ConnectionError: the robot refuses or has gone.
        """

    @abstractmethod
    def read(self) -> JointSample:
        """Wait for the next sample, never for long.

        Raises:
            ConnectionError: the robot has gone, or has stopped by itself.
        """

    @abstractmethod
    def write(self, torque: Array) -> None:
        """Send joint torques on top of the robot's own gravity compensation, shape (n_joints,) [N m].

        Raises:
            ConnectionError: the robot has gone.
        """

    @abstractmethod
    def close(self) -> None:
        """Stop the robot's motion and hang up; again does nothing."""
