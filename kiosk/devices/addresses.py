"""How the way to a printer is written in a setting, and the printer that is found there.

tcp://10.0.0.7:9100                       on the network; 10.0.0.7:9100 is the same
serial:/dev/ttyUSB0?baud=115200           a serial line; &flow=hardware, software or none
file:/dev/usb/lp0                         a USB printer, or another device or pipe
file:/home/kiosk/paper.bin                a plain file that keeps the bytes, for trying out
"""

import re
import stat
from pathlib import Path
from urllib.parse import parse_qsl

from kiosk.devices.device_line import Flow, SerialLine, UsbDevice
from kiosk.devices.file_printer import FilePrinter
from kiosk.devices.network_line import Network
from kiosk.devices.printer import EscPosPrinter, Printer, Questions
from kiosk.devices.transport import Transport

SLOWEST, FASTEST = 1200, 921_600
HOW = (
    "write tcp://host:port, such as tcp://10.0.0.7:9100, or serial:/dev/ttyUSB0?baud=115200, "
    "or file:/dev/usb/lp0"
)

_NETWORK = re.compile(r"(?:tcp://)?(?P<host>[^/?#@:\s]+|\[[0-9a-fA-F:.]+\]):(?P<port>[0-9]{1,5})")


def printer_at(address: str, questions: Questions = Questions.FULL) -> Printer:
    """The printer of an address. Raises ValueError, which says how addresses are written."""
    kind, _, rest = address.partition(":")
    if kind == "file" and rest and not _is_device(Path(rest)):
        return FilePrinter(Path(rest))
    return EscPosPrinter(transport_at(address), questions=questions)


def transport_at(address: str) -> Transport:
    """The way of an address that leads to a printer. Raises ValueError."""
    kind, _, rest = address.partition(":")
    if kind == "serial":
        return _serial(rest)
    if kind == "file" and rest:
        return UsbDevice(rest)
    found = _NETWORK.fullmatch(address)
    if found is None or not 0 < int(found["port"]) < 65536:
        raise ValueError(HOW)
    return Network(found["host"].strip("[]"), int(found["port"]))


def _is_device(path: Path) -> bool:
    """A device that is not plugged in yet is one all the same."""
    if path.is_relative_to("/dev"):
        return True
    return path.exists() and not stat.S_ISREG(path.stat().st_mode)


def _serial(rest: str) -> SerialLine:
    path, _, query = rest.partition("?")
    options = dict(parse_qsl(query, keep_blank_values=True))
    baud, flow = options.pop("baud", "9600"), options.pop("flow", Flow.HARDWARE.value)
    if not path or options:
        raise ValueError(HOW)
    if not (baud.isascii() and baud.isdigit() and SLOWEST <= int(baud) <= FASTEST):
        raise ValueError(f"baud is bits per second, {SLOWEST} to {FASTEST}, such as 115200")
    if flow not in tuple(Flow):
        raise ValueError("flow is hardware (RTS/CTS), software (XON/XOFF) or none")
    return SerialLine(path, int(baud), Flow(flow))
