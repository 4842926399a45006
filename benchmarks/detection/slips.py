"""Slips of the finger in a number or a code: one character lost, another, or two swapped."""

from random import Random

from benchmarks.detection.world import World

DIGITS = "0123456789"
LETTERS = "ABCDEFGHKLMNPRSTX0123456789"


def slip(text: str, alphabet: str, rng: Random) -> str:
    """`text` with one of the three; now and then it comes out as it was."""
    place, way = rng.randrange(len(text) - 1), rng.randrange(3)
    if way == 0:
        return text[:place] + text[place + 1 :]
    if way == 1:
        return text[:place] + rng.choice(alphabet) + text[place + 1 :]
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


def near_number(world: World, number: str) -> str:
    """A work request one slip away from `number` that no line carries."""
    made = number
    while made == number or world.work_requests.get(made):
        made = slip(number, DIGITS, world.rng)
    return made


def swaps(digits: str) -> list[str]:
    """Every way to swap two different neighbouring digits of a number."""
    places = [p for p in range(len(digits) - 1) if "." not in digits[p : p + 2] and digits[p] != digits[p + 1]]
    return [f"{digits[:p]}{digits[p + 1]}{digits[p]}{digits[p + 2 :]}" for p in places]
