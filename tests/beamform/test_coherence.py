"""Coherence factor: against its definition, and its two ends."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from sonoreach.beamform.aperture import ReceiveAperture, Window
from sonoreach.beamform.das import DelayAndSum
from sonoreach.beamform.grid import Grid
from sonoreach.types.channel_data import TransmitEvent, TransmitKind

from .reference import linear_probe, random_frame, reference_das

GRID = Grid.cartesian(np.linspace(-3e-3, 3e-3, 7), np.linspace(5e-3, 18e-3, 40))


@pytest.mark.parametrize("n_elements", [16, 18])  # with and without a last incomplete group of four
@pytest.mark.parametrize("window", [Window.BOXCAR, Window.HANN])
@pytest.mark.parametrize("follow_beams", [False, True])
def test_matches_the_definition(n_elements: int, window: Window, follow_beams: bool) -> None:
    transmits = (TransmitEvent(TransmitKind.PLANE, 0.2), TransmitEvent(TransmitKind.PLANE, -0.2))
    data = random_frame(transmits=transmits, probe=linear_probe(n_elements))
    aperture = ReceiveAperture(1.3, window)
    image = DelayAndSum(GRID, aperture, coherence_factor=True, follow_beams=follow_beams)(data)
    each = []
    for e in range(n_elements):
        probe = dataclasses.replace(data.probe, element_positions_m=data.probe.element_positions_m[e : e + 1])
        part = dataclasses.replace(data, samples=data.samples[:, e : e + 1], probe=probe)
        if follow_beams:  # the beam is as wide as the whole array
            lit = np.stack([_reach(data, t) for t in transmits])
            alone = [
                dataclasses.replace(part, samples=part.samples[k : k + 1], transmits=(t,))
                for k, t in enumerate(transmits)
            ]
            one = [reference_das(data_one, GRID, aperture) for data_one in alone]
            each.append(sum(a * b for a, b in zip(one, lit, strict=True)))
        else:
            each.append(reference_das(part, GRID, aperture))
    signals = np.stack(each)
    listens = np.sum([_weight(element, aperture) > 0 for element in data.probe.element_positions_m], axis=0)
    total = signals.sum(axis=0)
    factor = np.abs(total) ** 2 / np.maximum(listens * np.sum(np.abs(signals) ** 2, axis=0), 1e-9)
    error = np.abs(image - total * factor)
    assert np.quantile(error, 0.97) < 1e-2 * np.sqrt(np.mean(np.abs(total * factor) ** 2))


def _reach(data, event):  # type: ignore[no-untyped-def]
    from sonoreach.beamform.transmit import transmit_reach

    return transmit_reach(GRID.points_m(), event, data.probe)


def _weight(element, aperture):  # type: ignore[no-untyped-def]
    from .reference import receive_weight

    return receive_weight(GRID, element, aperture)


def test_one_element_is_fully_coherent() -> None:
    data = random_frame(probe=linear_probe(1), transmits=(TransmitEvent(),))
    aperture = ReceiveAperture(0)
    plain, weighted = (DelayAndSum(GRID, aperture, coherence_factor=c)(data) for c in (False, True))
    assert np.allclose(plain, weighted, rtol=1e-4)


def test_noise_is_incoherent() -> None:
    data = random_frame(probe=linear_probe(32), transmits=(TransmitEvent(),))
    plain, weighted = (DelayAndSum(GRID, ReceiveAperture(0), coherence_factor=c)(data) for c in (False, True))
    factor = np.mean(np.abs(weighted)) / np.mean(np.abs(plain))
    assert factor < 3 / 32
