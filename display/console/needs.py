"""What a printer needs, in words: who brings or does what, and where. Pure."""

from display.console.desk import Desk
from queue_server.protocol.codes import AlertKind
from queue_server.protocol.labels import Label
from queue_server.protocol.printers import PAPER_LOW, trouble_of
from queue_server.protocol.rows import Alert


def needs(desk: Desk, alert: Alert, place: str) -> str:
    """Who has to bring or do what at which printer; empty for other alerts, and where nobody said."""
    trouble = trouble_of(alert.detail)
    what = _NEEDS.get(trouble.what)
    if alert.kind is not AlertKind.PRINTER or what is None:
        return ""
    roll = _ROLL_OF if trouble.paper else _ROLL
    said = desk.say(what, roll=desk.say(roll, mm=trouble.paper))
    return desk.say(_AT_THE_SPARE if trouble.spare else _AT, place=place, what=said)


_AT = Label(vi="Máy in {place}: {what}", en="Printer {place}: {what}")
_AT_THE_SPARE = Label(vi="Máy in dự phòng {place}: {what}", en="Spare printer {place}: {what}")
_ROLL = Label(vi="1 cuộn giấy", en="a roll of paper")
_ROLL_OF = Label(vi="1 cuộn giấy {mm} mm", en="a roll of {mm} mm paper")
_NEEDS = {
    PAPER_LOW: Label(vi="mang {roll}, sắp hết giấy", en="bring {roll}: it runs low"),
    "paper": Label(vi="mang {roll}, ĐÃ HẾT GIẤY", en="bring {roll}: it is OUT OF PAPER"),
    "cover": Label(vi="đóng nắp máy in", en="close the cover"),
    "offline": Label(vi="đang tạm dừng, bấm nút trên máy in", en="it is paused: press its button"),
    "error": Label(vi="kẹt giấy hoặc dao cắt, tắt rồi bật lại", en="jammed: switch it off and on"),
    "unreachable": Label(vi="mất liên lạc, xem điện và dây cáp", en="out of reach: look at power and cable"),
    "busy": Label(vi="không nhận phiếu, tắt rồi bật lại", en="takes no tickets: switch it off and on"),
    "lost": Label(vi="đứt liên lạc khi đang in, xem dây cáp", en="lost while it printed: look at the cable"),
    "silent": Label(vi="in xong không trả lời, xem có phiếu ra", en="it never answered: look for tickets"),
    "garbled": Label(vi="trả lời sai, báo tin học", en="answers nonsense: tell IT"),
}
