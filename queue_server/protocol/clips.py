"""The clips a spoken call is made of: name on the wire, and what is heard.

A hospital may record them in a voice of its own; a screen without recordings speaks the words. Digits of a
number are read one by one, a room as a number word (the way loudspeakers in Vietnamese halls are understood).
"""

CHIME = "chime"

_DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_LETTERS = {
    "a": "a",
    "b": "bê",
    "c": "xê",
    "d": "đê",
    "e": "e",
    "f": "ép",
    "g": "gờ",
    "h": "hát",
    "i": "i",
    "j": "gi",
    "k": "ca",
    "l": "lờ",
    "m": "mờ",
    "n": "nờ",
    "o": "o",
    "p": "pê",
    "q": "quy",
    "r": "rờ",
    "s": "sờ",
    "t": "tê",
    "u": "u",
    "v": "vê",
    "w": "vê kép",
    "x": "ích",
    "y": "i dài",
    "z": "dét",
}

CLIPS: dict[str, str] = {
    CHIME: "",
    "invite": "Xin mời số",
    "pause": ",",
    "to_room": "vào phòng khám",
    "to_desk": "đến quầy số",
    "to_place": "đến phòng số",
    **{f"digit_{digit}": word for digit, word in enumerate(_DIGITS)},
    **{f"letter_{letter}": word for letter, word in _LETTERS.items()},
    "ten": "mười",
    "tens": "mươi",
    "one_after_tens": "mốt",
    "four_after_tens": "tư",
    "five_after_ten": "lăm",
    "hundred": "trăm",
    "odd": "linh",
}
"""Every clip by name, with the words it speaks; the chime is a sound. The number words follow common usage:
mười lăm, hai mươi mốt, hai mươi tư, một trăm linh năm."""
