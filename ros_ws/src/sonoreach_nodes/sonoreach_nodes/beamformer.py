"""The beamformer: channel data in, B-mode images out."""

from __future__ import annotations

from sensor_msgs.msg import Image
from sonoreach_msgs.msg import BModeImage as BModeImageMsg
from sonoreach_msgs.msg import ChannelData as ChannelDataMsg

from sonoreach.beamform.bmode import BModeBeamformer
from sonoreach.types.channel_data import ChannelData
from sonoreach_nodes import qos
from sonoreach_nodes.convert.imaging import channel_data_from_msg, display_to_msg, image_to_msg
from sonoreach_nodes.station_node import StationNode


class BeamformerNode(StationNode):
    """`/front_end/channel_data` to `/beamformer/image` and `/beamformer/display`; serves `/beamformer/parameters`."""

    def __init__(self) -> None:
        """Prepare the beamformer and listen."""
        super().__init__("beamformer")
        self._beamform = BModeBeamformer()
        self._images = 0
        self._publisher = self.create_publisher(BModeImageMsg, "/beamformer/image", qos.FRAMES)
        self._display = self.create_publisher(Image, "/beamformer/display", qos.FRAMES)
        self.listen("/front_end/channel_data", ChannelDataMsg, channel_data_from_msg, self._form, qos.FRAMES)

    def vitals(self) -> dict[str, float | str]:
        """Images so far."""
        return {"images": self._images}

    def _form(self, data: ChannelData) -> None:
        image = self._beamform(data)
        self._images += 1
        self._publisher.publish(image_to_msg(image))
        if self._display.get_subscription_count():
            self._display.publish(display_to_msg(image))
