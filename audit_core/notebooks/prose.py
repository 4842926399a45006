"""The small markup of texts in notebooks, read into blocks once, so that screen, Excel and PDF say the same.

Blocks: headings (`#` to `###`), bullets (`-` or `*`), numbered lines (`1.`), quotes (`>`) and paragraphs. Within a
line: `**bold**`, `*italic*`, `` `code` `` and `[label](https://…)`. Everything else is the text it is: there is no
HTML, and no picture can be fetched.
"""

import re
from dataclasses import dataclass
from typing import Final

PARAGRAPH, BULLET, NUMBERED, QUOTE = "paragraph", "bullet", "numbered", "quote"
HEADINGS: Final = ("heading1", "heading2", "heading3")
PLAIN, BOLD, ITALIC, CODE, LINK = "plain", "bold", "italic", "code", "link"

_BLOCK: Final = re.compile(r"(#{1,3}) +(.+)|[-*] +(.+)|(\d{1,3})[.)] +(.+)|> ?(.*)")
_SPAN: Final = re.compile(
    r"\*\*(?P<bold>\S(?:[^*\n]*[^*\s])?)\*\*"
    r"|\*(?P<italic>[^*\s](?:[^*\n]*[^*\s])?)\*"
    r"|`(?P<code>[^`\n]+)`"
    r"|\[(?P<link>[^\[\]\n]+)\]\((?P<url>(?:https?://|/(?!/))[^\s()<>\"'`]+)\)"
)


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a line. `url`: of a link, else empty."""

    kind: str
    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A line that stands on its own, or a paragraph with its lines. `mark`: the number of a numbered line."""

    kind: str
    lines: tuple[tuple[Span, ...], ...]
    mark: str = ""

    def plain(self) -> str:
        """The block without its markup."""
        lines = "\n".join("".join(span.text for span in line) for line in self.lines)
        return {BULLET: f"• {lines}", NUMBERED: f"{self.mark}. {lines}"}.get(self.kind, lines)


def blocks(text: str) -> tuple[Block, ...]:
    """The text as blocks."""
    made: list[Block] = []
    paragraph: list[tuple[Span, ...]] = []

    def close() -> None:
        if paragraph:
            made.append(Block(PARAGRAPH, tuple(paragraph)))
            paragraph.clear()

    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        stripped = line.strip()
        if not stripped:
            close()
            continue
        found = _BLOCK.fullmatch(stripped)
        if found is None:
            paragraph.append(spans(stripped))
            continue
        close()
        marks, heading, bullet, mark, numbered, quote = found.groups()
        if marks:
            made.append(Block(HEADINGS[len(marks) - 1], (spans(heading),)))
        elif bullet:
            made.append(Block(BULLET, (spans(bullet),)))
        elif mark:
            made.append(Block(NUMBERED, (spans(numbered),), mark))
        else:
            made.append(Block(QUOTE, (spans(quote),)))
    close()
    return tuple(made)


def spans(line: str) -> tuple[Span, ...]:
    """One line as its pieces."""
    made, end = [], 0
    for found in _SPAN.finditer(line):
        if found.start() > end:
            made.append(Span(PLAIN, line[end : found.start()]))
        end = found.end()
        kind = next(name for name in (BOLD, ITALIC, CODE, LINK) if found[name] is not None)
        made.append(Span(kind, found[kind], found["url"] or ""))
    if end < len(line):
        made.append(Span(PLAIN, line[end:]))
    return tuple(made)
