"""Measurement: takes what a plane asks for on each captured image."""

from __future__ import annotations

from sonoreach_msgs.msg import CapturedPlane as CapturedPlaneMsg
from sonoreach_msgs.msg import Measurement as MeasurementMsg
from sonoreach_msgs.msg import PlaneGoal as PlaneGoalMsg

from sonoreach.perception.measure import derive_volumes, measure_plane
from sonoreach.perception.model_card import ModelCard
from sonoreach.policies.protocol import Protocol
from sonoreach.simulation.patient.patient import Patient
from sonoreach.simulation.truth import with_truth
from sonoreach.types.exam import ExamPhase, PlaneGoal
from sonoreach.types.measurement import Measurement
from sonoreach_nodes import qos
from sonoreach_nodes.convert.exam import capture_from_msg, goal_from_msg
from sonoreach_nodes.convert.plane import measurement_to_msg
from sonoreach_nodes.station_node import StationNode


class MeasurementNode(StationNode):
    """`/exam/capture` to `/measurement/result`, one message a measurement; volumes follow their diameters."""

    niceness = 5

    def __init__(self) -> None:
        """Listen for captures."""
        super().__init__("measurement")
        seed = self.integer("patient", -1, "seed of the simulated patient; -1 for a person", -1, 2**31 - 1)
        self._patient = Patient.from_seed(seed) if seed >= 0 else None
        model = self.text("model", "", "ONNX file with its card beside it; empty: the model of SonoReach")
        self._errors = ModelCard.load(model or None).measurement_errors
        self._taken: dict[str, Measurement] = {}
        self._publisher = self.create_publisher(MeasurementMsg, "/measurement/result", qos.EVENTS)
        self.listen("/exam/goal", PlaneGoalMsg, goal_from_msg, self._follow, qos.LATCHED)
        self.create_subscription(
            CapturedPlaneMsg, "/exam/capture", lambda message: self.guard(lambda: self._measure(message)), qos.EVENTS
        )

    def vitals(self) -> dict[str, float | str]:
        """Measurements so far."""
        return {"measurements": len(self._taken)}

    def _follow(self, goal: PlaneGoal) -> None:
        if goal.phase == ExamPhase.APPROACH:
            self._taken.clear()  # a volume is never made of two exams' diameters
            if self._patient is not None:
                self._patient.true_sizes_m()  # a second of computing, better before the probe scans

    def _measure(self, message: CapturedPlaneMsg) -> None:
        capture = capture_from_msg(message)
        taken = measure_plane(capture, Protocol.load(message.protocol).plane(capture.plane).spec, self._errors)
        self._taken.update({m.name: m for m in taken})
        results = [*taken, *derive_volumes(self._taken.values())]
        for measurement in results if self._patient is None else with_truth(results, self._patient):
            self._publisher.publish(measurement_to_msg(measurement))
