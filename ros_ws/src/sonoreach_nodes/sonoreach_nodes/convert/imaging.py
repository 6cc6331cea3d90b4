"""Channel data and images."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from geometry_msgs.msg import Point, Vector3
from sensor_msgs.msg import Image
from sonoreach_msgs.msg import BModeImage as BModeImageMsg
from sonoreach_msgs.msg import ChannelData as ChannelDataMsg
from sonoreach_msgs.msg import Landmark
from sonoreach_msgs.msg import PatientRegistration as PatientRegistrationMsg
from sonoreach_msgs.msg import ProbeGeometry as ProbeGeometryMsg
from sonoreach_msgs.msg import TransmitEvent as TransmitEventMsg

from sonoreach.errors import InputError
from sonoreach.types.channel_data import ChannelData, ProbeGeometry, TransmitEvent, TransmitKind
from sonoreach.types.image import BModeImage
from sonoreach.types.registration import PatientRegistration
from sonoreach_nodes.convert.common import (
    from_array,
    header,
    pose_from_msg,
    set_array,
    set_header,
    set_pose,
    stamp_from_msg,
)


def probe_geometry_to_msg(value: ProbeGeometry) -> ProbeGeometryMsg:
    """The array of elements."""
    msg = ProbeGeometryMsg(
        name=value.name,
        element_width_m=value.element_width_m,
        center_frequency_hz=value.center_frequency_hz,
        fractional_bandwidth=value.fractional_bandwidth,
        elevation_focus_m=value.elevation_focus_m,
        elevation_height_m=value.elevation_height_m,
    )
    set_array(msg.element_positions_m, value.element_positions_m)
    return msg


def probe_geometry_from_msg(msg: ProbeGeometryMsg) -> ProbeGeometry:
    """The array of elements; InputError when the positions are not triples.

    Equal messages give the same object, so that what was prepared for a probe is not prepared again each frame.
    """
    n_elements = len(msg.element_positions_m) // 3
    positions = from_array(msg.element_positions_m, np.float64, (n_elements, 3), "element_positions_m")
    return _probe_geometry(
        msg.name,
        positions.tobytes(),
        msg.element_width_m,
        msg.center_frequency_hz,
        msg.fractional_bandwidth,
        msg.elevation_focus_m,
        msg.elevation_height_m,
    )


@lru_cache(maxsize=8)
def _probe_geometry(name: str, positions: bytes, *numbers: float) -> ProbeGeometry:
    return ProbeGeometry(name, np.frombuffer(positions, np.float64).reshape(-1, 3), *numbers)


def transmit_event_to_msg(value: TransmitEvent) -> TransmitEventMsg:
    """One transmit."""
    source = [float(v) for v in value.source_m]
    return TransmitEventMsg(kind=int(value.kind), angle_rad=value.angle_rad, source_m=source, element=value.element)


def transmit_event_from_msg(msg: TransmitEventMsg) -> TransmitEvent:
    """One transmit; InputError when its kind is unknown."""
    if msg.kind not in list(TransmitKind):
        raise InputError(f"a transmit's kind is one of {[int(k) for k in TransmitKind]}, got {msg.kind}")
    x, y, z = (float(v) for v in msg.source_m)
    return TransmitEvent(TransmitKind(msg.kind), msg.angle_rad, (x, y, z), msg.element)


def channel_data_to_msg(value: ChannelData) -> ChannelDataMsg:
    """One frame of channel data."""
    msg = ChannelDataMsg()
    set_header(msg.header, value.stamp_s, "probe")
    msg.frame_id = value.frame_id
    set_array(msg.samples, value.samples)
    msg.n_samples, msg.iq = value.samples.shape[2], value.samples.ndim == 4
    msg.sampling_frequency_hz = value.sampling_frequency_hz
    msg.demodulation_frequency_hz = value.demodulation_frequency_hz
    msg.start_time_s = value.start_time_s
    msg.sound_speed_m_s = value.sound_speed_m_s
    msg.probe = probe_geometry_to_msg(value.probe)
    msg.transmits = [transmit_event_to_msg(event) for event in value.transmits]
    set_pose(msg.base_probe, value.base_probe)
    msg.source = value.source
    return msg


def channel_data_from_msg(msg: ChannelDataMsg) -> ChannelData:
    """One frame of channel data; `samples` is a view into the message.

    Raises:
        InputError: the number of samples does not fit transmits, elements and n_samples.
    """
    probe = probe_geometry_from_msg(msg.probe)
    shape: tuple[int, ...] = (len(msg.transmits), probe.n_elements, msg.n_samples)
    return ChannelData(
        samples=from_array(msg.samples, np.int16, (*shape, 2) if msg.iq else shape, "channel data"),
        sampling_frequency_hz=msg.sampling_frequency_hz,
        demodulation_frequency_hz=msg.demodulation_frequency_hz,
        start_time_s=msg.start_time_s,
        sound_speed_m_s=msg.sound_speed_m_s,
        probe=probe,
        transmits=tuple(transmit_event_from_msg(event) for event in msg.transmits),
        stamp_s=stamp_from_msg(msg.header.stamp),
        frame_id=msg.frame_id,
        base_probe=pose_from_msg(msg.base_probe),
        source=msg.source,
    )


def image_to_msg(value: BModeImage) -> BModeImageMsg:
    """A B-mode image."""
    msg = BModeImageMsg()
    set_header(msg.header, value.stamp_s, "probe")
    msg.frame_id = value.frame_id
    set_array(msg.pixels, value.pixels)
    msg.n_depth, msg.n_lateral = value.pixels.shape
    msg.x0_m, msg.dx_m, msg.z0_m, msg.dz_m = value.x0_m, value.dx_m, value.z0_m, value.dz_m
    msg.dynamic_range_db = value.dynamic_range_db
    set_pose(msg.base_probe, value.base_probe)
    msg.center_frequency_hz = value.center_frequency_hz
    msg.sound_speed_m_s = value.sound_speed_m_s
    msg.source = value.source
    return msg


def image_from_msg(msg: BModeImageMsg) -> BModeImage:
    """A B-mode image; `pixels` is a view into the message.

    Raises:
        InputError: the number of pixels does not fit, or a spacing is not positive.
    """
    if not (msg.dx_m > 0.0 and msg.dz_m > 0.0 and math.isfinite(msg.x0_m + msg.z0_m + msg.dx_m + msg.dz_m)):
        raise InputError(f"an image's spacings must be positive and finite, got dx {msg.dx_m} m, dz {msg.dz_m} m")
    return BModeImage(
        pixels=from_array(msg.pixels, np.uint8, (msg.n_depth, msg.n_lateral), "pixels"),
        x0_m=msg.x0_m,
        dx_m=msg.dx_m,
        z0_m=msg.z0_m,
        dz_m=msg.dz_m,
        dynamic_range_db=msg.dynamic_range_db,
        stamp_s=stamp_from_msg(msg.header.stamp),
        frame_id=msg.frame_id,
        base_probe=pose_from_msg(msg.base_probe),
        center_frequency_hz=msg.center_frequency_hz,
        sound_speed_m_s=msg.sound_speed_m_s,
        source=msg.source,
    )


def display_to_msg(value: BModeImage) -> Image:
    """The image as a standard sensor_msgs/Image, for any viewer."""
    msg = Image()
    set_header(msg.header, value.stamp_s, "image")
    msg.height, msg.width = value.pixels.shape
    msg.encoding, msg.step = "mono8", msg.width
    set_array(msg.data, value.pixels)
    return msg


def registration_to_msg(value: PatientRegistration, stamp_s: float) -> PatientRegistrationMsg:
    """Where the patient lies, seen at a time [s]."""
    landmarks = [
        Landmark(name=name, position_m=Point(x=float(p[0]), y=float(p[1]), z=float(p[2])))
        for name, p in value.landmarks_m.items()
    ]
    superior, left = (Vector3(x=float(v[0]), y=float(v[1]), z=float(v[2])) for v in (value.superior, value.left))
    msg = PatientRegistrationMsg(
        header=header(stamp_s, "base"),
        landmarks=landmarks,
        landmark_std_m=value.landmark_std_m,
        superior=superior,
        left=left,
    )
    set_array(msg.skin_points_m, value.skin_points_m)
    return msg


def registration_from_msg(msg: PatientRegistrationMsg) -> PatientRegistration:
    """Where the patient lies; InputError when the points are not finite triples."""
    n_points = len(msg.skin_points_m) // 3
    points = from_array(msg.skin_points_m, np.float64, (n_points, 3), "skin_points_m")
    if not np.isfinite(points).all():
        raise InputError("the skin points of a registration must be finite")
    return PatientRegistration(
        skin_points_m=points,
        landmarks_m={m.name: np.array([m.position_m.x, m.position_m.y, m.position_m.z]) for m in msg.landmarks},
        landmark_std_m=msg.landmark_std_m,
        superior=np.array([msg.superior.x, msg.superior.y, msg.superior.z]),
        left=np.array([msg.left.x, msg.left.y, msg.left.z]),
    )
