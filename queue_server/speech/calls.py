"""Which clips call a number to a place: "Xin mời số A, không bốn năm, vào phòng khám mười hai"."""

from itertools import groupby

from queue_server.protocol.clips import CHIME
from queue_server.protocol.codes import ClinicKind

_DESKS = frozenset(
    {
        ClinicKind.RECEPTION,
        ClinicKind.APPROVAL,
        ClinicKind.CASHIER,
        ClinicKind.PHARMACY,
        ClinicKind.INFORMATION,
    }
)


def spoken_call(call_sign: str, room: str, kind: ClinicKind) -> tuple[str, ...]:
    """Clip names in order: two chimes, the number digit by digit, the place as a number word.

    call_sign: Latin letters, digits and dashes; anything else is not spoken. room: as in the site file, "12"
    or "B12".
    """
    where = "to_desk" if kind in _DESKS else "to_room" if kind is ClinicKind.EXAM else "to_place"
    return (CHIME, CHIME, "invite", *_spelled(call_sign), "pause", where, *_read(room))


def _spelled(text: str) -> list[str]:
    clips: list[str] = []
    for character in text.lower():
        if character.isascii() and character.isdigit():
            clips.append(f"digit_{character}")
        elif character.isascii() and character.isalpha():
            clips += [f"letter_{character}", "pause"]
    return clips


def _read(room: str) -> list[str]:
    clips: list[str] = []
    for is_number, run in groupby(
        room.lower(), key=lambda character: character.isascii() and character.isdigit()
    ):
        text = "".join(run)
        if is_number and len(text) <= 3 and not text.startswith("0"):
            clips += number_clips(int(text))
        else:
            clips += [clip for clip in _spelled(text) if clip != "pause"]
    return clips


def number_clips(number: int) -> list[str]:
    """The words of a number from 0 to 999, as northern Vietnamese reads it."""
    hundreds, rest = divmod(number, 100)
    clips = [f"digit_{hundreds}", "hundred"] if hundreds else []
    tens, ones = divmod(rest, 10)
    if tens == 0:
        if hundreds and ones:
            return [*clips, "odd", f"digit_{ones}"]
        return clips if hundreds and not ones else [*clips, f"digit_{ones}"]
    clips += ["ten"] if tens == 1 else [f"digit_{tens}", "tens"]
    return [*clips, *_ones_after(tens, ones)]


def _ones_after(tens: int, ones: int) -> list[str]:
    if ones == 0:
        return []
    if ones == 5:
        return ["five_after_ten"]
    if tens > 1 and ones == 1:
        return ["one_after_tens"]
    if tens > 1 and ones == 4:
        return ["four_after_tens"]
    return [f"digit_{ones}"]
