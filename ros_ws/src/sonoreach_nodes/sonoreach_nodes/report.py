"""The report: collects the exam as it goes and writes its folder at the end."""

from __future__ import annotations

from pathlib import Path

from sonoreach_msgs.msg import BModeImage as BModeImageMsg
from sonoreach_msgs.msg import CapturedPlane as CapturedPlaneMsg
from sonoreach_msgs.msg import ExamEvent as ExamEventMsg
from sonoreach_msgs.msg import Measurement as MeasurementMsg
from sonoreach_msgs.msg import PlaneEstimate as PlaneEstimateMsg
from sonoreach_msgs.msg import ProbeState as ProbeStateMsg
from sonoreach_msgs.srv import WriteReport

from sonoreach.errors import InputError, SonoReachError
from sonoreach.policies.protocol import Protocol
from sonoreach.reporting.exam_folder import ExamFolder
from sonoreach.types.exam import ExamEvent
from sonoreach.types.image import BModeImage
from sonoreach.types.plane import PlaneEstimate
from sonoreach_nodes import qos
from sonoreach_nodes.convert.arm import state_from_msg
from sonoreach_nodes.convert.exam import capture_from_msg, event_from_msg, result_from_msg
from sonoreach_nodes.convert.imaging import image_from_msg
from sonoreach_nodes.convert.plane import estimate_from_msg, measurement_from_msg
from sonoreach_nodes.open_exam import exam_header, open_folder
from sonoreach_nodes.recorder import Recorder
from sonoreach_nodes.station_node import Latest, StationNode


class ReportNode(StationNode):
    """Serves `/report/write`; meanwhile records the topics into exam.mcap."""

    niceness = 5

    def __init__(self) -> None:
        """Check the output folder and listen."""
        super().__init__("report")
        self._folder: ExamFolder | None = self._open()
        self.at_end(self._discard)  # nothing half-written is left behind
        self._recorder = Recorder(
            self,
            self._folder.path,
            channel_data=self.flag("record", False, "whether channel data are recorded too"),
            frame_rate_hz=self.number("frame_rate_hz", 17.0, "frames a second [Hz]", 0.1, 100.0),
        )
        self.at_end(self._recorder.close)
        self._state = Latest(self, "/arm/probe_state", ProbeStateMsg, state_from_msg)
        self._waiting: BModeImage | None = None
        self._begun = False  # images before the exam's first decision are not part of it
        folder = self._folder
        self.listen("/beamformer/image", BModeImageMsg, image_from_msg, self._take_image, qos.EVENTS)
        self.listen("/perception/plane", PlaneEstimateMsg, estimate_from_msg, self._take_estimate, qos.EVENTS)
        self.listen("/exam/event", ExamEventMsg, event_from_msg, self._take_event, qos.EVENTS)
        self.listen("/exam/capture", CapturedPlaneMsg, capture_from_msg, folder.add_capture, qos.EVENTS)
        self.listen("/measurement/result", MeasurementMsg, measurement_from_msg, folder.add_measurement, qos.EVENTS)
        self.create_service(WriteReport, "/report/write", self._write)

    def _discard(self) -> None:
        if self._folder is not None:
            self._folder.discard()

    def _open(self) -> ExamFolder:
        out = self.text("out", "", "folder to write; new or empty")
        if not out:
            raise InputError("the report node needs the parameter 'out', a folder that is new or empty")
        patient = self.integer("patient", -1, "seed of the simulated patient; -1 for a person", -1, 2**31 - 1)
        header = exam_header(
            Protocol.load(self.text("protocol", "thyroid", "protocol: a name or a YAML file")),
            [p for p in self.text("planes", "", "planes to take, by commas; empty: all").split(",") if p],
            patient,
            "graph",
            patient_id=self.text("patient_id", "", "identifier of a person"),
            patient_name=self.text("patient_name", "", "name of a person, Family^Given"),
            model=self.text("model", "", "ONNX file of the perception model; empty: the one of SonoReach"),
        )
        return open_folder(Path(out), header)

    def _take_image(self, image: BModeImage) -> None:
        """An image waits for its estimate, at most until the next image."""
        self._add(None)
        self._waiting = image if self._begun else None

    def _take_estimate(self, estimate: PlaneEstimate) -> None:
        if self._waiting is not None and self._waiting.frame_id == estimate.frame_id:
            self._add(estimate)

    def _take_event(self, event: ExamEvent) -> None:
        self._begun = True
        if self._folder is not None:
            self._folder.add_event(event.stamp_s, event.kind, **event.record)

    def _add(self, estimate: PlaneEstimate | None) -> None:
        if self._waiting is not None and self._folder is not None:
            self._folder.add_image(self._waiting, estimate, self._state.value)
            self._waiting = None

    def _write(self, request: WriteReport.Request, response: WriteReport.Response) -> WriteReport.Response:
        if self._folder is None:
            response.message = "the report of this exam has been written already"
            return response
        self._add(None)
        self._recorder.close()
        results = [result_from_msg(result) for result in request.results]
        try:
            response.folder = str(self._folder.finish(results, request.ended_because))
            response.success = True
            self._folder = None
        except (SonoReachError, OSError) as error:
            response.message = f"the report could not be written: {error}"
        return response
