"""How the way to a printer is written."""

import asyncio
from pathlib import Path

import pytest

from kiosk.devices.addresses import printer_at, transport_at
from kiosk.devices.answers import Status
from kiosk.devices.device_line import Flow, SerialLine, UsbDevice
from kiosk.devices.file_printer import FilePrinter
from kiosk.devices.network_line import Network
from kiosk.devices.printer import EscPosPrinter, Phase, PrintState
from queue_server.protocol.codes import PrintReason


@pytest.mark.parametrize(
    ("address", "transport", "same"),
    [
        ("tcp://10.0.0.7:9100", Network("10.0.0.7", 9100), "tcp://10.0.0.7:9100"),
        ("10.0.0.7:9100", Network("10.0.0.7", 9100), "tcp://10.0.0.7:9100"),
        ("tcp://[::1]:9100", Network("::1", 9100), "tcp://::1:9100"),
        ("serial:/dev/ttyS0", SerialLine("/dev/ttyS0"), "serial:/dev/ttyS0?baud=9600&flow=hardware"),
        (
            "serial:/dev/serial/by-id/usb-x?baud=115200&flow=software",
            SerialLine("/dev/serial/by-id/usb-x", 115_200, Flow.SOFTWARE),
            "serial:/dev/serial/by-id/usb-x?baud=115200&flow=software",
        ),
        ("file:/dev/usb/lp0", UsbDevice("/dev/usb/lp0"), "file:/dev/usb/lp0"),
    ],
)
def test_an_address_names_a_way(address: str, transport: object, same: str) -> None:
    found = transport_at(address)
    assert type(found) is type(transport)
    assert found.address == same
    assert isinstance(printer_at(address), EscPosPrinter)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "host",
        "tcp://host",
        "host:0",
        "host:99999",
        "file:",
        "host:port",
        "serial:",
        "serial:?baud=9600",
        "serial:/dev/ttyS0?baud=fast",
        "serial:/dev/ttyS0?baud=300",
        "serial:/dev/ttyS0?speed=9600",
        "serial:/dev/ttyS0?flow=rts",
        "usb:04b8:0202",
        "tcp://10.0.0.7:9100/raw",
    ],
)
def test_an_address_that_is_none_is_refused_in_words(address: str) -> None:
    with pytest.raises(ValueError, match=r"write tcp|baud is|flow is"):
        printer_at(address)


def test_a_slow_line_needs_the_time_its_bits_take() -> None:
    assert SerialLine("/dev/ttyS0", 9600).seconds_for(45_000) > 45_000 * 10 / 9600
    assert SerialLine("/dev/ttyS0", 115_200).seconds_for(45_000) < 10
    assert Network("printer").seconds_for(45_000) == 0


def test_a_plain_file_keeps_what_was_printed(tmp_path: Path) -> None:
    async def acted() -> None:
        printer = printer_at(f"file:{tmp_path}/paper.bin")
        assert isinstance(printer, FilePrinter)
        phases: list[Phase] = []
        await printer.print_job(b"one", lambda state: phases.append(state.phase))
        last = await printer.print_job(b"two", lambda state: phases.append(state.phase))
        assert last.phase is Phase.ACKNOWLEDGED
        assert phases == [Phase.ISSUED, Phase.SENT, Phase.ACKNOWLEDGED] * 2
        assert (tmp_path / "paper.bin").read_bytes() == b"onetwo"
        assert await printer.status() == Status(None, paper_low=False)
        nowhere = await FilePrinter(tmp_path / "no" / "paper").print_job(b"x", lambda state: None)
        assert nowhere == PrintState(Phase.STALLED, PrintReason.UNREACHABLE)
        full = await FilePrinter(Path("/dev/full")).print_job(b"x", lambda state: None)
        assert full == PrintState(Phase.UNKNOWN, PrintReason.LOST)

    asyncio.run(acted())
