"""Adaptive beamformers: against delay-and-sum where they agree with it, and sharper where they should be."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from sonoreach.beamform.adaptive.aligned import aligned_lines
from sonoreach.beamform.adaptive.capon import capon
from sonoreach.beamform.adaptive.generalised_coherence import generalised_coherence
from sonoreach.beamform.adaptive.multiply_and_sum import delay_multiply_and_sum
from sonoreach.beamform.adaptive.short_lag import short_lag_coherence
from sonoreach.beamform.adaptive.sign_coherence import sign_coherence
from sonoreach.beamform.aperture import ReceiveAperture
from sonoreach.beamform.das import DelayAndSum
from sonoreach.beamform.grid import Grid
from sonoreach.beamform.image_quality import half_width_m
from sonoreach.errors import InputError
from sonoreach.types.channel_data import TransmitEvent

from ..reference import linear_probe, random_frame
from ..test_bmode import point_frame

GRID = Grid.cartesian(np.linspace(-3e-3, 3e-3, 9), np.linspace(5e-3, 18e-3, 40))
ACROSS = Grid.cartesian(np.linspace(-3e-3, 3e-3, 241), np.array([12e-3 - 1e-5, 12e-3]))


def test_aligned_echoes_add_up_to_delay_and_sum() -> None:
    data = random_frame()
    summed = np.stack([echoes.sum(axis=1) for echoes, _ in aligned_lines(data, GRID)])
    wanted = DelayAndSum(GRID, ReceiveAperture(1.5))(data)
    assert np.quantile(np.abs(summed - wanted), 0.98) < 1e-2 * np.sqrt(np.mean(np.abs(wanted) ** 2))


def test_generalised_coherence_of_no_neighbours_is_the_coherence_factor() -> None:
    data = random_frame()
    ours = generalised_coherence(data, GRID, n_low=0)
    wanted = DelayAndSum(GRID, ReceiveAperture(1.5), coherence_factor=True)(data)
    assert np.quantile(np.abs(ours - wanted), 0.95) < 2e-2 * np.sqrt(np.mean(np.abs(wanted) ** 2))
    assert np.abs(generalised_coherence(data, GRID, n_low=2)).mean() > 1.5 * np.abs(ours).mean()


def test_short_lag_coherence_of_a_point_and_of_noise() -> None:
    on_point = Grid.cartesian([-1e-5, 0.0], np.linspace(11.9e-3, 12.1e-3, 9))
    assert short_lag_coherence(point_frame(0, 12e-3), on_point)[1, 4] > 0.95
    noise = short_lag_coherence(random_frame(probe=linear_probe(48)), GRID)
    assert abs(noise.mean()) < 0.1


def test_sign_coherence_is_its_definition() -> None:
    data = random_frame(transmits=(TransmitEvent(),), probe=linear_probe(6))
    grid = Grid.cartesian([-1e-4, 1e-4], [15e-3, 16e-3])
    got = sign_coherence(data, grid, f_number=0, exponent=2)
    for line, (echoes, _) in enumerate(aligned_lines(data, grid, 0)):
        total = echoes.sum(axis=1)
        turned = echoes * (total.conj() / np.abs(total))[:, None]
        wanted = total * (1 - np.sign(turned.real).std(axis=1)) ** 2
        assert np.allclose(got[line], wanted, rtol=1e-4, atol=1e-2)


def test_sign_coherence_ignores_amplitude() -> None:
    """An element ten times as loud changes the sum, not the weight."""
    data = point_frame(0, 12e-3, (0.0,))
    loud = data.samples.astype(np.float32)
    loud[:, 20] *= 10
    here = Grid.cartesian([-1e-5, 0.0], [12e-3, 12.01e-3])
    for one in (data, dataclasses.replace(data, samples=loud)):
        plain = DelayAndSum(here, ReceiveAperture(1.5))(one)[1, 0]
        assert sign_coherence(one, here)[1, 0] == pytest.approx(plain, rel=0.02)


def test_multiply_and_sum_is_the_sum_over_pairs() -> None:
    data = random_frame(transmits=(TransmitEvent(),), probe=linear_probe(6))
    grid = Grid.cartesian([-1e-4, 1e-4], [15e-3, 16e-3])
    got = delay_multiply_and_sum(data, grid, f_number=0)
    for line, (echoes, _) in enumerate(aligned_lines(data, grid, 0)):
        rooted = echoes / np.sqrt(np.abs(echoes))
        wanted = sum(rooted[:, i] * rooted[:, j] for i in range(6) for j in range(i + 1, 6))
        assert np.allclose(got[line], wanted, rtol=1e-3, atol=1e-2 * np.abs(wanted).max())


def test_adaptive_beams_are_narrower() -> None:
    data = point_frame(0, 12e-3, (0.0,))
    step = ACROSS.x_m[1] - ACROSS.x_m[0]
    plain = half_width_m(DelayAndSum(ACROSS, ReceiveAperture(1.5))(data)[:, 1], step)
    assert half_width_m(delay_multiply_and_sum(data, ACROSS)[:, 1], step) < 0.9 * plain
    assert half_width_m(capon(data, ACROSS)[:, 1], step) < 0.7 * plain
    assert half_width_m(generalised_coherence(data, ACROSS, n_low=0)[:, 1], step) < 0.8 * plain


def test_capon_passes_a_point_unchanged() -> None:
    data = point_frame(0, 12e-3, (0.0,))
    here = Grid.cartesian([-1e-5, 0.0], [12e-3, 12.01e-3])
    plain = DelayAndSum(here, ReceiveAperture(1.5))(data)[1, 0]
    assert capon(data, here)[1, 0] == pytest.approx(plain, rel=0.05)


def test_bad_settings_are_refused() -> None:
    data = random_frame()
    for job, sentence in (
        (lambda: generalised_coherence(data, GRID, n_low=16), "n_low"),
        (lambda: short_lag_coherence(data, GRID, n_lags=0), "n_lags"),
        (lambda: short_lag_coherence(data, GRID, kernel=4), "kernel must be odd"),
        (lambda: sign_coherence(data, GRID, exponent=0), "exponent"),
        (lambda: capon(data, GRID, subarray=0.9), "subarray"),
        (lambda: capon(data, GRID, loading=0.0), "loading"),
    ):
        with pytest.raises(InputError, match=sentence):
            job()
