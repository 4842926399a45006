"""PDF from a template of typst: filled with JSON, so that no text can become its markup; its fonts are within it."""

import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

# Latin, Greek, Cyrillic, punctuation, currencies, arrows and mathematics: what every embedded font has
_ELSEWHERE: Final = re.compile(
    r"[^\n\x20-\x7e\xa0-\xac\xae-\u02ff\u0384-\u038a\u038c\u038e-\u03a1\u03a3-\u0482\u048a-\u04ff\u1e00-\u1eff\u2010-\u2015"
    r"\u2018-\u2022\u2026\u2030\u2032\u2033\u2039\u203a\u20ac\u2116\u2122\u2190-\u2193\u2248\u2260\u2264\u2265\u27e8\u27e9]"
)


def filled(template: Path, said: Mapping[str, Any], at: datetime) -> bytes:
    """The PDF (PDF/A-2b: its fonts are within it), the same bytes for the same template, JSON values and moment."""
    import typst  # noqa: PLC0415  (30 MB, and only those who take a PDF need it)

    made = typst.compile(
        template.read_bytes(),
        format="pdf",
        font_paths=_embedded_fonts(),
        sys_inputs={"document": json.dumps(said)},
        timestamp=int(at.timestamp()),
        pdf_standards="a-2b",
    )
    if not isinstance(made, bytes):
        raise TypeError("One document was asked for.")
    return made


@lru_cache(maxsize=1)
def _embedded_fonts() -> Any:
    """The fonts that come with typst, and no other: what a machine has installed must not show."""
    import typst  # noqa: PLC0415

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)


def visible(text: str) -> str:
    """The text with what no embedded font has, such as pictures and control characters, as its number: ⟨U+1F3D7⟩."""
    told = unicodedata.normalize("NFC", text).replace("\t", " ")
    return _ELSEWHERE.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", told)
