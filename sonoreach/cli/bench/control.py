"""`sonoreach bench control`: accuracy of the force control on simulated bodies, and its timing on this machine."""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np

from sonoreach.cli.bench.timing import median_ms
from sonoreach.cli.parser import duration_s, positive_int
from sonoreach.control.loop import RealTimeLoop
from sonoreach.control.reflexes import Reflex
from sonoreach.control.teleoperation.packets import TeleoperationMode
from sonoreach.control.teleoperation.passivity import RESERVE_J
from sonoreach.simulation.arm import trials
from sonoreach.simulation.arm.arm import SimulatedArm
from sonoreach.simulation.arm.plant import PlantOptions
from sonoreach.simulation.arm.teleoperation_trial import teleoperate
from sonoreach.simulation.patient.patient import Patient

WALL_CLOCK_S = 10.0
LOOPS = ((250.0, 0.004), (500.0, 0.002), (1000.0, 0.01))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the benchmark."""
    parser.add_argument(
        "--seeds", type=positive_int, default=10, metavar="N", help="seeds 0 to N-1, the worst is reported (10)"
    )
    parser.add_argument(
        "--wall-clock", type=duration_s, default=WALL_CLOCK_S, metavar="S", help="real-time run [s] (10)"
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Run every trial; returns the worst figure of all seeds under each key."""
    seeds = range(args.seeds)
    figures: dict[str, Any] = {"seeds": args.seeds}
    figures |= scan_figures(seeds)
    figures |= event_figures(seeds)
    figures |= teleoperation_figures(seeds)
    figures |= timing_figures()
    figures |= wall_clock_figures(args.wall_clock)
    return figures


def scan_figures(seeds: range) -> dict[str, float]:
    """Scans of 100 mm at 10 mm/s."""
    logs = [trials.scan(seed) for seed in seeds]
    deep = [trials.scan(seed, breath_m=0.015) for seed in seeds]
    biased = [trials.scan(seed, bias_n=0.3) for seed in seeds]
    slow = [trials.scan(s, rate_hz=rate, delay_s=delay, length_m=0.03) for s in seeds for rate, delay in LOOPS]
    return {
        "scan_force_rmse_n": max(map(trials.force_rmse_n, logs)),
        "scan_force_peak_error_n": max(float(np.abs(log.force_n - trials.FORCE_N).max()) for log in logs),
        "scan15_force_rmse_n": max(map(trials.force_rmse_n, deep)),
        "bias_force_rmse_n": max(map(trials.force_rmse_n, biased)),
        "normal_error_rms_deg": max(float(np.degrees(rms(log.normal_error_rad))) for log in logs),
        "inplane_error_rms_mm": max(1e3 * rms(log.inplane_error_m) for log in logs),
        "follow_lag_rms_mm": max(1e3 * trials.follow(seed, told=True) for seed in seeds),
        "follow_untold_lag_rms_mm": max(1e3 * trials.follow(seed, told=False) for seed in seeds),
        "slow_loop_force_rmse_n": max(map(trials.force_rmse_n, slow)),
    }


def event_figures(seeds: range) -> dict[str, float]:
    """Landing, jolt, and targets that stop coming."""
    jolts = [trials.jolt(seed) for seed in seeds]
    silences = [trials.silence(seed) for seed in seeds]
    return {
        "landing_overshoot_n": max(float(trials.land(seed).force_n.max()) - trials.FORCE_N for seed in seeds),
        "jolt_peak_n": max(j.peak_n for j in jolts),
        "jolt_clear_s": max(j.clear_s for j in jolts),
        "silence_force_step_n": max(float(np.abs(s.force_n[5:] - s.force_n[:-5]).max()) for s in silences),
        "silence_clear_s": max(float(s.time_s[s.force_n > 0.0].max() - s.time_s[0]) for s in silences),
    }


def teleoperation_figures(seeds: range) -> dict[str, float]:
    """Both modes over a link of 300 ms round trip with 20 ms jitter and 2 % loss."""
    results = {mode: [teleoperate(seed, mode=mode) for seed in seeds] for mode in TeleoperationMode}
    everything = [result for mode in results.values() for result in mode]
    return {
        "teleop300_force_rms_n": max(result.force_rms_n for result in everything),
        "teleop300_observer_lowest_j": min(result.lowest_observer_j for result in everything),
        "teleop300_observer_bound_j": -RESERVE_J,
    }


def timing_figures() -> dict[str, float]:
    """Time of one control step, and the speed of simulated time."""
    arm = SimulatedArm(Patient.from_seed(10_000))
    times = []
    plant = arm.plant
    for _ in range(5000):
        reading = arm.sensor.sample(plant.memory)
        start = time.perf_counter()
        arm.controller.step(arm.time_s, plant.q, plant.v, reading)
        times.append(time.perf_counter() - start)
    return {
        "step_median_us": 1e6 * float(np.median(times)),
        "step_p99_us": 1e6 * float(np.percentile(times, 99)),
        "lockstep_realtime_factor": realtime_factor(4000.0),
        "lockstep_1khz_realtime_factor": realtime_factor(1000.0),
    }


def realtime_factor(plant_rate_hz: float) -> float:
    """Simulated seconds a second, from the median of seven runs of half a simulated second."""
    arm = SimulatedArm(Patient.from_seed(10_000), options=PlantOptions(rate_hz=plant_rate_hz))
    return 0.5e3 / median_ms(lambda: arm.advance(0.5), 7)


def wall_clock_figures(seconds: float) -> dict[str, Any]:
    """The real-time loop with plant and controller in one thread; prints the histogram of wake-ups."""
    arm = SimulatedArm(Patient.from_seed(10_000))
    loop = RealTimeLoop(
        arm.step, on_health=arm.report_health, on_pause=lambda s: arm.controller.trip(Reflex.OVERRUN, s)
    )
    loop.start()
    time.sleep(seconds)
    loop.close()
    for label, count in loop.histogram():
        print(f"wake-up {label:>12}  {count}")
    if loop.degraded:
        print(loop.degraded)
    return {
        "wake_p99_us": float(np.percentile(loop.wake_lateness_us, 99)),
        "loop_overrun_fraction": loop.health.overruns / max(1, loop.health.cycles),
        "real_time_scheduling": not loop.degraded,
    }


def rms(values: Any) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(np.square(values))))
