"""The lock-step station: every part of an exam in one process, in simulated time, reproducible to the bit.

One turn is one frame: the arm moves for a frame's time, the scanner takes channel data, the beamformer makes the
image, perception judges it, the exam decides, steering sets the next target. The parts are those of the ROS graph.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sonoreach.beamform.bmode import BModeBeamformer
from sonoreach.beamform.front_end import FrontEnd
from sonoreach.control.arm import Arm
from sonoreach.control.limits import region_limits
from sonoreach.control.safety import SafetyParameters, SafetySupervisor
from sonoreach.perception.detector import Detector
from sonoreach.perception.onnx_detector import OnnxDetector
from sonoreach.policies.exam import ExamRunner, ExamStep
from sonoreach.policies.protocol import Protocol
from sonoreach.policies.steering import Steering
from sonoreach.simulation.arm.arm import SimulatedArm
from sonoreach.simulation.front_end import SimulatedFrontEnd
from sonoreach.simulation.patient.patient import Patient
from sonoreach.station.lockstep_measure import measure_capture, volumes
from sonoreach.station.lockstep_recorder import Recorder
from sonoreach.types.channel_data import ChannelData
from sonoreach.types.exam import CapturedPlane, ExamEvent, ExamProgress, PlaneGoal, PlaneResult, SteeringStatus
from sonoreach.types.image import BModeImage
from sonoreach.types.measurement import Measurement
from sonoreach.types.plane import PlaneEstimate
from sonoreach.types.probe import ProbeState, ProbeTarget
from sonoreach.types.safety import SafetyLevel, SafetyState

FRAME_RATE_HZ = 15.0
STATES_PER_FRAME = 6  # the arm's state is published at about this multiple of the frame rate


@dataclass(frozen=True, eq=False)
class Turn:
    """What happened in one turn, for those who watch.

    Attributes:
        data, image, estimate, safety, step, target, status: of this turn; estimate and target may be None.
        states: of the arm since the last turn; the last one is of the image's time.
    """

    data: ChannelData
    image: BModeImage
    estimate: PlaneEstimate | None
    states: tuple[ProbeState, ...]
    safety: SafetyState
    step: ExamStep
    target: ProbeTarget | None
    status: SteeringStatus


@dataclass
class LockstepResult:
    """Outcome of an exam.

    Attributes:
        results: outcome of each plane.
        captures: captured planes.
        measurements: with their truth, volumes at the end.
        events: the timeline.
        ended: "" after a full exam, else why it ended early.
        duration_s: simulated time [s].
    """

    results: tuple[PlaneResult, ...] = ()
    captures: list[CapturedPlane] = field(default_factory=list)
    measurements: list[Measurement] = field(default_factory=list)
    events: list[ExamEvent] = field(default_factory=list)
    ended: str = ""
    duration_s: float = 0.0


class LockstepStation:
    """A station for one simulated patient; the same arguments give the same exam."""

    def __init__(
        self,
        protocol: Protocol,
        patient_seed: int,
        *,
        detector: Detector | None = None,
        planes: Sequence[str] = (),
        seed: int = 0,
        recorder: Recorder | None = None,
        threads: int | None = None,
    ) -> None:
        """Set the station up.

        Args:
            protocol: the examination.
            patient_seed: which simulated patient.
            detector: perception; the model that comes with SonoReach when None.
            planes: names of planes to take; empty: all.
            seed: of sensor and receiver noise.
            recorder: takes everything that happens, e.g. an `ExamFolder`.
            threads: threads of the simulated scanner, by default one for each usable core.

        Raises:
            InputError: a bad seed, plane or model.
        """
        self.protocol, self.patient = protocol, Patient.from_seed(patient_seed)
        self.exam = ExamRunner(protocol, planes)
        self.detector = OnnxDetector() if detector is None else detector
        limits = region_limits(protocol.region)
        self.arm: Arm = SimulatedArm(self.patient, limits=limits, seed=seed)
        self.front_end: FrontEnd = SimulatedFrontEnd(
            self.patient,
            angles_deg=protocol.transmit.angles_deg,
            frame_rate_hz=FRAME_RATE_HZ,
            seed=seed,
            threads=threads,
        )
        self._beamform = BModeBeamformer()
        self.steering = Steering(protocol, self.patient.registration())
        self.safety = SafetySupervisor(SafetyParameters(limits))
        self._recorder = recorder
        self._frame_id = 0
        self._goal = PlaneGoal()
        self._status: SteeringStatus | None = None
        self._safety_state: SafetyState | None = None
        self.result = LockstepResult()

    @property
    def now_s(self) -> float:
        """Simulated time [s]."""
        return self._frame_id / FRAME_RATE_HZ

    def turn(self) -> Turn:
        """Run one frame.

        Raises:
            RuntimeError: the front end gives no data.
        """
        states = tuple(self._move() for _ in range(STATES_PER_FRAME))
        self._frame_id += 1
        now_s, state = self.now_s, states[-1]
        data = self.front_end.acquire(now_s, self._frame_id, state.base_probe)
        if data is None:
            raise RuntimeError("the simulated front end is frozen")
        image = self._beamform(data)
        estimate = None
        if self._goal.plane:
            estimate = self.detector.detect(image, self.protocol.plane(self._goal.plane).spec)
        step = self.exam.update(now_s, state, estimate, image, self._status, self._safety_state)
        self._goal = step.goal
        target, self._status = self.steering.update(now_s, step.goal, state, estimate)
        if target is not None:
            self.arm.command(target)
        self._watch_over(now_s, states, len(data.transmits))
        assert self._safety_state is not None
        turn = Turn(data, image, estimate, states, self._safety_state, step, target, self._status)
        self._keep(turn)
        return turn

    def run(
        self, on_progress: Callable[[ExamProgress], None] | None = None, on_turn: Callable[[Turn], None] | None = None
    ) -> LockstepResult:
        """Run the exam to its end.

        Args:
            on_progress: called after each turn with the progress.
            on_turn: called after each turn with everything.
        """
        while True:
            turn = self.turn()
            if on_progress is not None:
                on_progress(turn.step.progress)
            if on_turn is not None:
                on_turn(turn)
            if turn.step.finished:
                return self._finish(turn.step)

    def _move(self) -> ProbeState:
        """Let the arm run until its next state is due."""
        self.arm.advance(1.0 / FRAME_RATE_HZ / STATES_PER_FRAME)
        return self.arm.state()

    def _watch_over(self, now_s: float, states: tuple[ProbeState, ...], transmits: int) -> None:
        """The supervisor sees what it would see in the graph, and stops the arm by itself."""
        for part in self.safety.parameters.watched:
            self.safety.beat(part, now_s)
        for state in states:
            self.safety.observe(state, state.stamp_s)
        self.safety.transmitted(transmits)
        before, self._safety_state = self._safety_state, self.safety.update(now_s)
        fresh = before is None or before.level != SafetyLevel.STOP
        if self._safety_state.level == SafetyLevel.STOP and fresh:
            self.arm.stop(self._safety_state.cause)

    def _keep(self, turn: Turn) -> None:
        """Collect what happened, measure what was captured."""
        measured = [
            m
            for capture in turn.step.captures
            for m in measure_capture(capture, self.protocol, self.patient, self.detector)
        ]
        self.result.captures += turn.step.captures
        self.result.events += turn.step.events
        self.result.measurements += measured
        recorder = self._recorder
        if recorder is None:
            return
        recorder.add_image(turn.image, turn.estimate, turn.states[-1])
        for event in turn.step.events:
            recorder.add_event(event.stamp_s, event.kind, **event.record)
        for capture in turn.step.captures:
            recorder.add_capture(capture)
        for measurement in measured:
            recorder.add_measurement(measurement)

    def _finish(self, step: ExamStep) -> LockstepResult:
        derived = volumes(self.result.measurements, self.patient)
        self.result.measurements += derived
        self.result.results, self.result.ended, self.result.duration_s = step.results, step.ended, self.now_s
        if self._recorder is not None:
            for measurement in derived:
                self._recorder.add_measurement(measurement)
        self.arm.close()
        self.front_end.close()
        return self.result
