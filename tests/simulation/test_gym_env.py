"""The Gymnasium environment: well-formed, reproducible, solvable by one who knows the truth."""

from __future__ import annotations

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from sonoreach.errors import InputError
from sonoreach.simulation.gym_env import ENV_ID, NeckScanEnv

PLANE = "right_transverse"


def knowing_action(env: NeckScanEnv) -> NDArray[np.float32]:
    """Straight to the true plane."""
    probe = env._arm.state().base_probe
    x, y, _ = probe.inverse().apply(env._patient.target_points_m(env._arm.time_s, probe)[PLANE])
    ideal = env._patient.standard_planes()[PLANE]
    turn = Rotation.from_matrix(probe.rotation.T @ ideal.rotation).as_rotvec()
    return np.clip([150 * x, 150 * y, *(4 * turn)], -1, 1).astype(np.float32)


def test_it_is_a_gymnasium_environment() -> None:
    check_env(gymnasium.make(ENV_ID, render_mode="rgb_array", max_steps=20).unwrapped)


def test_the_same_seed_gives_the_same_episode() -> None:
    episodes = []
    for _ in range(2):
        env = NeckScanEnv(PLANE)
        first, _ = env.reset(seed=5)
        second, reward, *_ = env.step(np.array([0.5, -0.5, 0.0, 0.0, 0.3], np.float32))
        episodes.append((first, second, reward))
    for name in ("image", "wrench", "twist"):
        np.testing.assert_array_equal(episodes[0][0][name], episodes[1][0][name])
        np.testing.assert_array_equal(episodes[0][1][name], episodes[1][1][name])
    assert episodes[0][2] == episodes[1][2]


def test_who_knows_the_truth_reaches_the_plane() -> None:
    env = NeckScanEnv(PLANE)
    _, info = env.reset(seed=4, options={"patient": 21})
    assert info["patient"] == 21 and info["contact"] == "SCAN"
    total, start = 0.0, info["error_mm"]
    for _ in range(60):
        _, reward, terminated, truncated, info = env.step(knowing_action(env))
        total += reward
        if terminated or truncated:
            break
    assert terminated and not truncated
    assert info["error_mm"] < 3.0 < start and total > 4.0
    assert 1.5 < info["force_n"] < 5.0


def test_an_idle_episode_is_truncated() -> None:
    env = NeckScanEnv("left_longitudinal", max_steps=3)
    env.reset(seed=1)
    ends = [env.step(np.zeros(5, np.float32))[2:4] for _ in range(3)]
    assert [truncated for _, truncated in ends] == [False, False, True]


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(InputError, match="plane must be one of"):
        NeckScanEnv("kidney")
    with pytest.raises(InputError, match="patients must be"):
        NeckScanEnv(PLANE, (5, 3))
    with pytest.raises(InputError, match="max_steps"):
        NeckScanEnv(PLANE, max_steps=0)
