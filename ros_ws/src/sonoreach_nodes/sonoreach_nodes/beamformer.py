"""The beamformer: channel data in, B-mode images out."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from sensor_msgs.msg import Image
from sonoreach_msgs.msg import BModeImage as BModeImageMsg
from sonoreach_msgs.msg import ChannelData as ChannelDataMsg
from sonoreach_msgs.srv import SetImagingParameters

from sonoreach.beamform.aperture import ReceiveAperture, Window
from sonoreach.beamform.bmode import BModeBeamformer
from sonoreach.errors import InputError
from sonoreach.types.channel_data import ChannelData
from sonoreach_nodes import qos
from sonoreach_nodes.convert.imaging import channel_data_from_msg, display_to_msg, image_to_msg
from sonoreach_nodes.station_node import StationNode

RANGES = {"dynamic_range_db": (10.0, 120.0), "sound_speed_m_s": (1300.0, 1800.0), "f_number": (0.5, 5.0)}


@dataclass(frozen=True)
class ImagingSettings:
    """How images are formed; 0 leaves a number to the beamformer.

    Attributes:
        dynamic_range_db: range shown from black to white [dB].
        sound_speed_m_s: speed to focus with [m/s].
        f_number: of the receive aperture.
    """

    dynamic_range_db: float = 0.0
    sound_speed_m_s: float = 0.0
    f_number: float = 0.0

    def changed(self, request: SetImagingParameters.Request) -> ImagingSettings:
        """The settings with what a request gives; InputError when a number is outside of its range."""
        given = {name: getattr(request, name) for name in RANGES if getattr(request, name) != 0.0}
        for name, value in given.items():
            low, high = RANGES[name]
            if not low <= value <= high:
                raise InputError(f"{name} is {value:g}, allowed {low:g} to {high:g}, or 0 to leave it as it is")
        return replace(self, **given)

    def beamformer(self) -> BModeBeamformer:
        """A beamformer with these settings."""
        options: dict[str, Any] = {n: v for n, v in asdict(self).items() if v and n != "f_number"}
        if self.f_number:
            options["aperture"] = ReceiveAperture(self.f_number, Window.TUKEY)
        return BModeBeamformer(**options)


class BeamformerNode(StationNode):
    """`/front_end/channel_data` to `/beamformer/image` and `/beamformer/display`; serves `/beamformer/parameters`."""

    def __init__(self) -> None:
        """Prepare the beamformer and listen."""
        super().__init__("beamformer")
        self._settings = ImagingSettings()
        self._beamform = self._settings.beamformer()
        self._images = 0
        self._publisher = self.create_publisher(BModeImageMsg, "/beamformer/image", qos.FRAMES)
        self._display = self.create_publisher(Image, "/beamformer/display", qos.FRAMES)
        self.create_service(SetImagingParameters, "/beamformer/parameters", self._set)
        self.listen("/front_end/channel_data", ChannelDataMsg, channel_data_from_msg, self._form, qos.FRAMES)

    def vitals(self) -> dict[str, float | str]:
        """Images so far, and how they are formed."""
        return {"images": self._images, **asdict(self._settings)}

    def _set(
        self, request: SetImagingParameters.Request, response: SetImagingParameters.Response
    ) -> SetImagingParameters.Response:
        try:
            settings = self._settings.changed(request)
            self._beamform, self._settings = settings.beamformer(), settings
            response.success = True
        except InputError as error:
            response.message = str(error)
        return response

    def _form(self, data: ChannelData) -> None:
        image = self._beamform(data)
        self._images += 1
        self._publisher.publish(image_to_msg(image))
        if self._display.get_subscription_count():
            self._display.publish(display_to_msg(image))
