"""The depth camera over the couch: where the patient lies, told once to whoever comes."""

from __future__ import annotations

from sonoreach_msgs.msg import PatientRegistration

from sonoreach.simulation.patient.patient import Patient
from sonoreach_nodes import qos
from sonoreach_nodes.convert.imaging import registration_to_msg
from sonoreach_nodes.station_node import StationNode


class RegistrationNode(StationNode):
    """Publishes `/patient/registration` of the simulated patient, latched."""

    def __init__(self) -> None:
        """Look at the patient."""
        super().__init__("registration")
        patient = self.integer("patient", 7, "seed of the simulated patient", 0, 2**31 - 1)
        publisher = self.create_publisher(PatientRegistration, "/patient/registration", qos.LATCHED)
        publisher.publish(registration_to_msg(Patient.from_seed(patient).registration(), self.now_s()))
