"""The seam to an arm: a controlled, force-sensing manipulator that holds the probe."""

from __future__ import annotations

from abc import ABC, abstractmethod

from sonoreach.types.probe import ProbeState, ProbeTarget


class Arm(ABC):
    """An arm with its 1 kHz controller: simulated or hardware.

    The controller is safe without its callers: when targets stop coming, or are late or not finite, it
    holds and then retracts by itself.
    """

    @abstractmethod
    def command(self, target: ProbeTarget) -> ProbeTarget:
        """Hand over a target; returns the target really taken after limits (thread-safe).

        Raises:
            InputError: the target is not finite, or its force is beyond the region's limit.
        """

    @abstractmethod
    def state(self) -> ProbeState:
        """The latest state (thread-safe)."""

    @abstractmethod
    def advance(self, duration_s: float) -> None:
        """Run the controller for a time: simulated arms step their plant, hardware arms wait [s]."""

    @abstractmethod
    def stop(self, cause: str) -> None:
        """Leave the body and stay stopped until acknowledged (thread-safe)."""

    @abstractmethod
    def acknowledge(self) -> None:
        """Clear a stop after a person has looked (thread-safe)."""

    @property
    def joint_names(self) -> tuple[str, ...]:
        """Names of the joints in the order of the state, as in the arm's URDF; empty when not known."""
        return ()

    def close(self) -> None:  # noqa: B027 - simulated arms hold nothing
        """Release threads and devices."""
