"""Perception: judges every image with respect to the plane that the exam wants."""

from __future__ import annotations

from sonoreach_msgs.msg import BModeImage as BModeImageMsg
from sonoreach_msgs.msg import PlaneEstimate as PlaneEstimateMsg

from sonoreach.perception.onnx_detector import OnnxDetector
from sonoreach.types.image import BModeImage
from sonoreach_nodes import qos
from sonoreach_nodes.convert.imaging import image_from_msg
from sonoreach_nodes.convert.plane import estimate_to_msg
from sonoreach_nodes.goal import Goal
from sonoreach_nodes.station_node import StationNode


class PerceptionNode(StationNode):
    """`/beamformer/image` and `/exam/goal` to `/perception/plane`."""

    niceness = -5

    def __init__(self) -> None:
        """Load the model and listen."""
        super().__init__("perception")
        model = self.text("model", "", "ONNX file with its card beside it; empty: the model of SonoReach")
        self._detector = OnnxDetector(model or None)
        self._goal = Goal(self)
        self._publisher = self.create_publisher(PlaneEstimateMsg, "/perception/plane", qos.FRAMES)
        self.listen("/beamformer/image", BModeImageMsg, image_from_msg, self._judge, qos.FRAMES)

    def vitals(self) -> dict[str, float | str]:
        """Hash of the model in use."""
        return {"model_sha256": self._detector.model_hash}

    def _judge(self, image: BModeImage) -> None:
        protocol, goal = self._goal.protocol, self._goal.value
        if protocol is not None and goal is not None and goal.plane:
            estimate = self._detector.detect(image, protocol.plane(goal.plane).spec)
            self._publisher.publish(estimate_to_msg(estimate))
