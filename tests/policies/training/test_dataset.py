"""Mirroring a neck swaps sides and signs, and nothing else."""

import numpy as np

from sonoreach.policies.training.dataset import augment, batches, blank, mirror
from sonoreach.policies.training.vocabulary import PLANES

RIGHT, LEFT = PLANES.index("right_transverse"), PLANES.index("left_transverse")
RIGHT_LONG, LEFT_LONG = PLANES.index("right_longitudinal"), PLANES.index("left_longitudinal")


def batch(near: list[int], n: int = 1) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(1)
    reach = np.zeros((n, 5), np.float32)
    reach[:, near] = 1
    return {
        "pixels": rng.integers(1, 255, (n, 8, 10)).astype(np.uint8),
        "classes": rng.integers(0, 8, (n, 8, 10)).astype(np.uint8),
        "probability": rng.random((n, 5)).astype(np.float32),
        "near": reach,
        "known": np.ones((n, 5), np.float32),
        "offset": rng.normal(size=(n, 5, 3)).astype(np.float32),
        "angle": rng.random((n, 5)).astype(np.float32),
        "quality": rng.random(n).astype(np.float32),
    }


def test_transverse_images_are_flipped() -> None:
    before = batch([RIGHT])
    after = mirror(before, np.array([True]))
    assert np.array_equal(after["pixels"], before["pixels"][:, :, ::-1])
    assert after["near"][0, LEFT] == 1 and after["near"][0, RIGHT] == 0
    assert np.allclose(after["offset"][0, LEFT], before["offset"][0, RIGHT] * [-1, 1, -1])
    assert after["probability"][0, LEFT] == before["probability"][0, RIGHT]


def test_longitudinal_images_stay_and_change_sides() -> None:
    before = batch([RIGHT_LONG])
    after = mirror(before, np.array([True]))
    assert np.array_equal(after["pixels"], before["pixels"])
    assert np.allclose(after["offset"][0, LEFT_LONG], before["offset"][0, RIGHT_LONG] * [1, -1, -1])


def test_mirroring_twice_is_nothing_and_doubtful_images_stay() -> None:
    for near in ([RIGHT], [LEFT_LONG], [RIGHT, RIGHT_LONG], []):
        before = batch(near, n=3)
        chosen = np.ones(3, dtype=bool)
        once = mirror(before, chosen)
        twice = mirror(once, chosen)
        assert all(np.array_equal(twice[key], before[key]) for key in before)
        if len(near) != 1:
            assert all(np.array_equal(once[key], before[key]) for key in before)


def test_augmented_pixels_stay_in_range_and_black_stays_black() -> None:
    before = batch([RIGHT], n=4)
    before["pixels"][:, :, :3] = 0
    before["pixels"][:, :, -3:] = 0
    after = augment(before, np.random.default_rng(0))["pixels"]
    assert after.shape == (4, 1, 8, 10) and after.dtype == np.float32
    assert after.min() >= 0.0 and after.max() <= 1.0
    assert after[..., :3].max() == 0.0 and after[..., -3:].max() == 0.0


def test_blank_images_show_nothing() -> None:
    before = batch([RIGHT], n=2)
    after = blank(before, np.array([True, False]))
    assert not after["pixels"][0].any() and not after["classes"][0].any()
    assert after["near"][0].sum() == after["probability"][0].sum() == after["quality"][0] == 0
    assert all(np.array_equal(after[key][1], before[key][1]) for key in before)


def test_batches_deal_out_each_image_once() -> None:
    images = batch([RIGHT], n=10)
    images["angle"] = np.repeat(np.arange(10, dtype=np.float32)[:, None], 5, axis=1)
    seen = np.concatenate([b["angle"][:, 0] for b in batches(images, 3, np.random.default_rng(0))])
    assert seen.size == 9 and len(set(seen)) == 9
