"""The planner of the set-points: ruckig, asked for one cycle of jerk-limited motion at a time."""

from __future__ import annotations

from array import array
from typing import Any

from ruckig import ControlInterface, InputParameter, OutputParameter, Result, Ruckig, RuckigError, Synchronization

AXES = 6
_POSITION, _VELOCITY = ControlInterface.Position, ControlInterface.Velocity
_ANSWERS = (Result.Working, Result.Finished)


class SetpointPlanner:
    """Answers what `setpoint.ask_planner` has written, in place.

    An error is written down as no answer (`answered` 0); what that means is for `setpoint.take_plan` to say.

    Args:
        memory: the controller's memory, a record array of shape (1,); views of it are kept.
        period_s: period of the loop [s].
    """

    def __init__(self, memory: Any, period_s: float) -> None:
        self._plan, self._planned = memory["plan"][0], memoryview(memory["planned"]).cast("B").cast("d")
        self._follows, self._answered = memory["follows"], memory["answered"]
        self._motion = Ruckig(AXES, period_s)
        self._input, self._output = InputParameter(AXES), OutputParameter(AXES)
        self._input.synchronization = Synchronization.No
        self._input.current_position = self._input.target_velocity = [0.0] * AXES

    def update(self) -> None:
        """Compute the references' next state. To be called once a cycle."""
        asked, answer = self._input, self._output
        asked.control_interface = _POSITION if self._follows[0] else _VELOCITY
        (
            asked.current_velocity,
            asked.current_acceleration,
            asked.target_position,
            asked.min_velocity,
            asked.max_velocity,
            asked.max_acceleration,
            asked.max_jerk,
        ) = self._plan.tolist()
        self._answered[0] = 0
        try:
            result = self._motion.update(asked, answer)
        except (RuckigError, ValueError):  # a result that the binding has no name for is a ValueError
            return
        if result in _ANSWERS:
            # numpy would take four times as long to copy a list
            self._planned[:] = array("d", answer.new_position + answer.new_velocity + answer.new_acceleration)
            self._answered[0] = 1
