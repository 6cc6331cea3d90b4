"""What the terminal shows of an exam: a live panel, or a line a change where there is no terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table

from sonoreach.types.exam import ExamPhase, ExamProgress, PlaneResult

REFRESH_HZ = 8


class ExamView:
    """Shows plane, phase, quality, force and time."""

    def __init__(self, title: str, planes: Mapping[str, str], console: Console | None = None) -> None:
        """Prepare to show an exam: its title, and its planes as name -> title."""
        self._title, self._planes = title, planes
        self._console = console or Console()
        self._live = Live(console=self._console, refresh_per_second=REFRESH_HZ, transient=True)
        self._last: tuple[str, ExamPhase, str] | None = None

    def __enter__(self) -> ExamView:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def say(self, text: str) -> None:
        """Show one sentence outside of the exam's own progress."""
        if self._console.is_terminal:
            self._live.update(Panel(text, title=self._title))
        else:
            self._console.print(text, highlight=False)

    def show(self, progress: ExamProgress) -> None:
        """Show the latest progress."""
        if self._console.is_terminal:
            self._live.update(self._panel(progress))
            return
        now = (progress.plane, progress.phase, progress.message)
        if now != self._last:
            self._last = now
            self._console.print(
                f"{progress.elapsed_s:6.1f} s  {progress.phase:<9} {progress.plane:<20} quality "
                f"{progress.quality:.2f}  force {progress.force_n:5.2f} N  {progress.message}",
                highlight=False,
                soft_wrap=True,
            )

    def conclude(self, results: Sequence[PlaneResult], folder: Path | None) -> None:
        """Leave the outcome on the screen."""
        for result in results:
            title = self._planes.get(result.plane, result.plane)
            if result.obtained:
                outcome = f"obtained in {result.seconds:.1f} s, frame {result.frame_id}, quality {result.quality:.2f}"
            else:
                outcome = f"not obtained: {result.not_obtained_because}"
            mark = "[green]✓[/]" if result.obtained else "[red]✗[/]"
            self._console.print(f"{mark} {title:<28} {outcome}", highlight=False, soft_wrap=True)
        if folder is not None:
            self._console.print(f"report: {folder / 'report.pdf'}", highlight=False, soft_wrap=True)

    def _panel(self, progress: ExamProgress) -> Panel:
        table = Table.grid(padding=(0, 2))
        table.add_row("plane", f"{self._planes.get(progress.plane, '–')}  ({progress.phase})")
        table.add_row("quality", ProgressBar(total=1.0, completed=min(max(progress.quality, 0.0), 1.0), width=30))
        table.add_row("force", f"{progress.force_n:5.2f} N")
        table.add_row("time", f"{progress.elapsed_s:6.1f} s")
        table.add_row("planes", f"{progress.planes_done} of {progress.planes_total}")
        table.add_row("", progress.message)
        return Panel(table, title=self._title)
