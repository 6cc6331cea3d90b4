"""The safety supervisor: needs none of the parts that it watches to say stop."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from sonoreach.control.limits import RegionLimits
from sonoreach.control.probe_temperature import ProbeTemperature, ThermalParameters
from sonoreach.errors import InputError
from sonoreach.types.probe import ContactState, ProbeState
from sonoreach.types.safety import SafetyLevel, SafetyState

WATCHED = ("arm", "front_end", "beamformer", "perception", "steering", "exam")
IN_CONTACT = (ContactState.TOUCH, ContactState.RAMP, ContactState.SCAN)
ATTENTIVE_S = 0.15  # a supervisor that was held up for longer could not listen either
FORCE_MARGIN = 1.15  # the arm's own reflex comes first; the supervisor catches what it misses


@dataclass(frozen=True)
class SafetyParameters:
    """What the supervisor watches.

    Attributes:
        limits: limits of the body region.
        watched: parts whose heartbeat is awaited.
        silence_s: time without a heartbeat after which a part counts as silent [s].
        state_silence_s: time without a probe state after which the arm counts as silent [s].
        grace_s: time after the start during which nobody has to speak yet [s].
        thermal: the probe's thermal behaviour.
    """

    limits: RegionLimits
    watched: tuple[str, ...] = WATCHED
    silence_s: float = 0.6
    state_silence_s: float = 0.3
    grace_s: float = 20.0
    thermal: ThermalParameters = field(default_factory=ThermalParameters)


class SafetySupervisor:
    """Judges heartbeats, force, speed, workspace and probe temperature; a STOP is latched until acknowledged.

    Feed it with `beat`, `observe` and `transmitted` as things happen, ask it with `update` at 20 Hz or more.
    All times are seconds of one clock.
    """

    def __init__(self, parameters: SafetyParameters) -> None:
        """Watch nothing yet: the first `update` starts the clock."""
        self.parameters = parameters
        self.temperature = ProbeTemperature(parameters.thermal)
        self._beats: dict[str, float] = {}
        self._state: ProbeState | None = None
        self._transmits = 0
        self._started_s: float | None = None
        self._updated_s: float | None = None
        self._cause = ""
        self._silent_at_stop: tuple[str, ...] = ()
        self._released: frozenset[str] = frozenset()

    def beat(self, part: str, now_s: float) -> None:
        """A part has shown that it lives."""
        self._beats[part] = now_s

    def observe(self, state: ProbeState, now_s: float) -> None:
        """The arm has reported its state; counts as its heartbeat."""
        before, self._state = self._state, state
        self.beat("arm", now_s)
        if state.contact == ContactState.STOPPED and (before is None or before.contact != ContactState.STOPPED):
            self.stop(f"the arm stopped itself: {state.fault or 'no reason given'}")

    def transmitted(self, count: int) -> None:
        """The front end has fired this many transmits since the last call."""
        self._transmits += max(0, count)

    def release(self, parts: Iterable[str]) -> None:
        """Stop waiting for parts that have said goodbye: the exam is over and the arm is off the patient."""
        self._released = frozenset(parts)

    def stop(self, cause: str) -> None:
        """Latch a STOP for a cause from outside: a person, another node, the launcher."""
        if not self._cause:
            self._cause = cause

    def acknowledge(self, acknowledged_by: str, now_s: float) -> None:
        """Clear a latched STOP after a person has looked.

        Raises:
            InputError: nobody is named, or the cause is still there.
        """
        if not acknowledged_by.strip():
            raise InputError("a stop is acknowledged by a named person, got an empty name")
        standing = self._stop_cause(now_s)
        if standing:
            raise InputError(f"the stop cannot be acknowledged while its cause stands: {standing}")
        self._cause = ""
        self._silent_at_stop = ()

    def silent(self, now_s: float) -> tuple[str, ...]:
        """Names of the watched parts that have gone silent, in the order of the list."""
        p = self.parameters
        started_s = now_s if self._started_s is None else self._started_s
        silent = []
        for part in p.watched:
            seen_s = self._beats.get(part)
            patience_s = p.state_silence_s if part == "arm" else p.silence_s
            if part in self._released:
                continue
            if (now_s - started_s > p.grace_s) if seen_s is None else (now_s - seen_s > patience_s):
                silent.append(part)
        return tuple(silent)

    def update(self, now_s: float) -> SafetyState:
        """Judge the moment.

        When the last call is long ago, the supervisor itself was held up and could not listen: that time does not
        count as anybody's silence.
        """
        if self._started_s is None:
            self._started_s = now_s
        deaf_s = now_s - (now_s if self._updated_s is None else self._updated_s) - ATTENTIVE_S
        if deaf_s > 0.0:
            self._beats = {part: min(now_s, seen_s + deaf_s) for part, seen_s in self._beats.items()}
        self._warm(now_s)
        if not self._cause:
            self._cause = self._stop_cause(now_s)
            self._silent_at_stop = self.silent(now_s)
        warning = "" if self._cause else self._warning()
        level = SafetyLevel.STOP if self._cause else SafetyLevel.WARN if warning else SafetyLevel.OK
        state = self._state
        return SafetyState(
            stamp_s=now_s,
            level=level,
            cause=self._cause or warning,
            silent=self._silent_at_stop if self._cause else self.silent(now_s),
            force_n=state.force_n if state else 0.0,
            speed_m_s=float(np.linalg.norm(state.twist[:3])) if state else 0.0,
            probe_temperature_c=self.temperature.celsius,
        )

    @property
    def _in_contact(self) -> bool:
        return self._state is not None and self._state.contact in IN_CONTACT

    def _warm(self, now_s: float) -> None:
        if self._updated_s is not None:
            self.temperature.advance(now_s - self._updated_s, self._transmits, self._in_contact)
            self._transmits = 0
        self._updated_s = now_s

    def _stop_cause(self, now_s: float) -> str:
        """Why the arm must leave the patient now, or ""."""
        silent = self.silent(now_s)
        if silent:
            return f"no sign of life from {', '.join(silent)}"
        limit_c = self.temperature.limit_c(self._in_contact)
        if self.temperature.celsius > limit_c:
            return f"the probe's face is at {self.temperature.celsius:.1f} °C, allowed up to {limit_c:.0f} °C"
        return self._motion_cause(self._state) if self._state is not None else ""

    def _motion_cause(self, state: ProbeState) -> str:
        limits = self.parameters.limits
        position, force_n = state.base_probe.position_m, state.force_n
        speed_m_s = float(np.linalg.norm(state.twist[:3]))
        if not (np.isfinite(position).all() and np.isfinite(state.wrench).all() and np.isfinite(speed_m_s)):
            return "the arm reports numbers that are not finite"
        most_n = limits.reflex_force_n * FORCE_MARGIN
        if abs(force_n) > most_n:
            return f"the force is {force_n:.1f} N, allowed up to {most_n:.1f} N in region {limits.region}"
        if speed_m_s > limits.reflex_speed_m_s and state.contact != ContactState.RETRACT:
            return f"the probe moves at {speed_m_s:.2f} m/s, allowed up to {limits.reflex_speed_m_s:.2f} m/s"
        low, high = np.array(limits.workspace_low_m), np.array(limits.workspace_high_m)
        if (position < low).any() or (position > high).any():
            return f"the probe is at {np.round(position, 3).tolist()} m, outside its workspace"
        return ""

    def _warning(self) -> str:
        limit_c = self.temperature.limit_c(self._in_contact)
        if self.temperature.celsius > limit_c - self.parameters.thermal.margin_c:
            return f"the probe's face is at {self.temperature.celsius:.1f} °C, it stops at {limit_c:.0f} °C"
        return ""
