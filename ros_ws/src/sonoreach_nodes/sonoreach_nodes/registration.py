"""The depth camera over the couch: where the patient lies, looked at before each exam."""

from __future__ import annotations

from sonoreach_msgs.msg import PatientRegistration
from std_srvs.srv import Trigger

from sonoreach.errors import InputError
from sonoreach_nodes import qos
from sonoreach_nodes.adapters import SIMULATED, make_registrar
from sonoreach_nodes.convert.imaging import registration_to_msg
from sonoreach_nodes.station_node import StationNode


class RegistrationNode(StationNode):
    """Serves `/patient/register`; publishes `/patient/registration`, latched."""

    def __init__(self) -> None:
        """Find the camera."""
        super().__init__("registration")
        self._look = make_registrar(
            adapter=self.text("registration", SIMULATED, "simulated, or package.module:function"),
            address=self.text("registration_address", "", "where a depth camera is reached"),
            patient=self.integer("patient", 7, "seed of the simulated patient; -1 for a person", -1, 2**31 - 1),
        )
        self._publisher = self.create_publisher(PatientRegistration, "/patient/registration", qos.LATCHED)
        self.create_service(Trigger, "/patient/register", self._register)

    def _register(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        try:
            self._publisher.publish(registration_to_msg(self._look(), self.now_s()))
            response.success = True
        except InputError as error:
            response.message = str(error)
        return response
