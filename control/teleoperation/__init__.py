"""Bilateral teleoperation over a slow, lossy link: no network code here, only what stands at its two ends."""
