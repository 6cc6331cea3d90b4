"""The Chinese font of the report and the overview."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from sonoreach.errors import SonoReachError

FAMILY = "Noto Sans CJK SC"
DEBIAN = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")


def cjk_font() -> Path:
    """File of Noto Sans CJK: from the package mplfonts, else from Debian's fonts-noto-cjk.

    Raises:
        SonoReachError: neither is there.
    """
    spec = find_spec("mplfonts")
    folders = [Path(place) for place in (spec.submodule_search_locations or ())] if spec else []
    for path in (*(folder / "fonts" / "NotoSansCJKsc-Regular.otf" for folder in folders), DEBIAN):
        if path.is_file():
            return path
    raise SonoReachError("no Chinese font was found; run `pip install mplfonts` or `apt install fonts-noto-cjk`")
