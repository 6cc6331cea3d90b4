"""The simulated patient: one seed, one neck, and what probe, camera and judge can ask of it."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.transform import Rotation

from sonoreach.beamform.threads import for_ranges
from sonoreach.errors import InputError
from sonoreach.simulation.patient import planes
from sonoreach.simulation.patient.anatomy import Anatomy
from sonoreach.simulation.patient.cells import empty_cells
from sonoreach.simulation.patient.draw import draw_anatomy
from sonoreach.simulation.patient.frame import gap_profile, probe_of, probe_state
from sonoreach.simulation.patient.labels import GEL_M, label_plane
from sonoreach.simulation.patient.packing import pack
from sonoreach.simulation.patient.registration import register
from sonoreach.simulation.patient.scatter import slab_scatterers
from sonoreach.simulation.patient.skin import skin_gaps
from sonoreach.simulation.patient.transmission import transmission_map
from sonoreach.types.pose import Pose
from sonoreach.types.registration import PatientRegistration

Array = NDArray[np.float64]

NOMINAL_POSITION_M = (0.50, 0.0, 0.15)
NOMINAL_AXES = np.array([[0.0, 0.0, -1.0], [1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])  # patient x y z in base
MAX_DEPTH_M = 0.08  # deeper, the buffers of the scatterers would not hold
PARTS = 4  # of a slab, for several threads
JITTER_M = 0.03
JITTER_RAD = np.deg2rad(6.0)


class Patient:
    """An adult neck on a couch. Everything is a pure function of seed, absolute time and probe pose.

    It is a `ContactSurface` for the arm's plant, the source of scatterers for the front end, and the truth that
    benchmarks compare with. Frames: `base` (arm), `patient` (LPS), `probe`; see docs/patient.md.

    Attributes:
        seed: the seed; 0-9999 for training, 10000-19999 for development.
        anatomy: what was drawn.
        base_patient: pose of the patient axes in the arm's base at rest.
        skin_parameters: packed float64 array for the compiled `skin_gap` and all other kernels.
    """

    def __init__(self, seed: int, anatomy: Anatomy, base_patient: Pose) -> None:
        self.seed = seed
        self.anatomy = anatomy
        self.base_patient = base_patient
        self.skin_parameters = pack(anatomy, base_patient, seed)

    @classmethod
    def from_seed(cls, seed: int) -> Patient:
        """Draw the patient of a seed.

        Raises:
            InputError: the seed is not a whole number from 0 to 2**31 - 1.
        """
        if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or not 0 <= seed < 2**31:
            raise InputError(f"patient seed must be a whole number from 0 to {2**31 - 1}, got {seed!r}")
        rng = np.random.default_rng([int(seed), 1])
        anatomy = draw_anatomy(rng)
        turn = Rotation.from_euler("xyz", rng.uniform(-JITTER_RAD, JITTER_RAD, 3)).as_matrix()
        position = np.array(NOMINAL_POSITION_M) + rng.uniform(-JITTER_M, JITTER_M, 3)
        return cls(int(seed), anatomy, Pose(position, NOMINAL_AXES @ turn))

    # --- contact surface -------------------------------------------------------------------------------------

    def gap(self, points_m: Array, time_s: float) -> tuple[Array, Array]:
        """Signed distance to the undeformed, moving skin and its outward normals; see `ContactSurface`."""
        points = np.ascontiguousarray(points_m, dtype=np.float64)
        return skin_gaps(self.skin_parameters, points, float(time_s))  # type: ignore[no-any-return]

    @property
    def stiffness_n_m(self) -> float:
        """Stiffness that a whole probe face feels [N/m]."""
        return self.anatomy.stiffness_n_m

    @property
    def damping_s_m(self) -> float:
        """Hunt-Crossley damping factor [s/m]."""
        return self.anatomy.damping_s_m

    def contact_fraction(self, base_probe: Pose, time_s: float) -> float:
        """Fraction of the aperture whose gap to the skin is closed by pressure or gel (0-1)."""
        gaps = gap_profile(self._state(base_probe, time_s))
        return float(np.mean(gaps <= GEL_M))

    # --- echoes ----------------------------------------------------------------------------------------------

    def scatterers(
        self, base_probe: Pose, time_s: float, *, center_frequency_hz: float = 7.5e6, depth_m: float = 0.0435
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Point scatterers of the slab that the probe images.

        Args:
            base_probe: pose of the probe.
            time_s: time [s].
            center_frequency_hz: at which attenuation is taken [Hz].
            depth_m: deepest scatterer [m].

        Returns:
            positions in the probe frame, float32 (n, 3) [m]; amplitudes, float32 (n,), with attenuation, shadow,
            contact and elevation weight included (thyroid parenchyma at the face: 1).

        Raises:
            InputError: a pose or time that is not finite, a frequency or depth out of range.
        """
        if not 1e6 <= center_frequency_hz <= 30e6 or not 1e-3 <= depth_m <= MAX_DEPTH_M:
            raise InputError(
                f"scatterers: got {center_frequency_hz:g} Hz to a depth of {depth_m:g} m, "
                f"allowed are 1e6 to 3e7 Hz and 0.001 to {MAX_DEPTH_M:g} m"
            )
        state = self._state(base_probe, time_s)
        table = transmission_map(self.skin_parameters, state, depth_m, center_frequency_hz)
        cells = self._cells
        found = [(np.empty((0, 3), np.float32), np.empty(0, np.float32))] * PARTS

        def work(first: int, beyond: int) -> None:
            for part in range(first, beyond):
                found[part] = slab_scatterers(self.skin_parameters, state, table, depth_m, cells, part, PARTS)

        for_ranges(work, PARTS)
        positions, amplitudes = zip(*found, strict=True)
        return np.concatenate(positions), np.concatenate(amplitudes)

    # --- truth -----------------------------------------------------------------------------------------------

    def label_map(self, base_probe: Pose, time_s: float, x_m: ArrayLike, z_m: ArrayLike) -> NDArray[np.uint8]:
        """`Structure` of every grid point of the image plane, uint8, shape (len(z_m), len(x_m))."""
        x, z = np.asarray(x_m, dtype=np.float64), np.asarray(z_m, dtype=np.float64)
        state = self._state(base_probe, time_s)
        return label_plane(self.skin_parameters, state, x, z)  # type: ignore[no-any-return]

    def standard_planes(self) -> dict[str, Pose]:
        """Ideal base_probe of the five thyroid planes, origins on the resting skin, the body at rest."""
        return dict(self._planes)

    def target_points_m(self, time_s: float | None = None, base_probe: Pose | None = None) -> dict[str, Array]:
        """Point on which each standard plane is centred, in the base frame, shape (3,) [m].

        Args:
            time_s: time of breathing and swallowing; None: the body at rest.
            base_probe: probe that presses the tissue; None: no probe.
        """
        points = {plane: planes.target_of(self.anatomy, plane) for plane in planes.PLANES}
        if time_s is None:
            return {plane: self.base_patient.apply(point) for plane, point in points.items()}
        probe = base_probe if base_probe is not None else self._far_probe
        state = self._state(probe, time_s)
        return {
            plane: probe.apply(np.array(probe_of(self.skin_parameters, state, *point)))
            for plane, point in points.items()
        }

    def true_sizes_m(self) -> dict[str, float]:
        """True lobe lengths, widths, depths and isthmus thickness at rest [m], lobe volumes [m³]."""
        return dict(self._sizes)

    # --- before the exam -------------------------------------------------------------------------------------

    def registration(self) -> PatientRegistration:
        """What a depth camera sees of the resting patient; the same for every call."""
        return register(self.anatomy, self.base_patient, np.random.default_rng([self.seed, 2]))

    @cached_property
    def _cells(self) -> NDArray[Any]:
        return empty_cells()

    @cached_property
    def _planes(self) -> dict[str, Pose]:
        return planes.base_planes(self.skin_parameters, self.anatomy)

    @cached_property
    def _sizes(self) -> dict[str, float]:
        return planes.true_sizes(self.skin_parameters, self.anatomy)

    @property
    def _far_probe(self) -> Pose:
        """A probe half a metre above the skin, which presses nothing."""
        away = self.base_patient.apply([0.0, -0.5, 0.0])
        return Pose.from_axes(away, self.base_patient.rotation[:, 0], self.base_patient.rotation[:, 1])

    def _state(self, base_probe: Pose, time_s: float) -> Array:
        if not (math.isfinite(time_s) and base_probe.is_finite()):
            raise InputError("the patient was asked with a probe pose or a time that is not finite")
        rotation = np.ascontiguousarray(base_probe.rotation, dtype=np.float64)
        position = np.ascontiguousarray(base_probe.position_m, dtype=np.float64)
        return probe_state(self.skin_parameters, rotation, position, float(time_s))  # type: ignore[no-any-return]
