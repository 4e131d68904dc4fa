"""What the journal may keep of what a HIS says: codes, and nothing that a name fits into."""

import msgspec
import pytest

from queue_server.his.port import NO_CODE, as_code
from queue_server.protocol.commands import Agree, Attach, Disagree

NAMES = ["Nguyễn Văn A", "Nguyen Van A", "Ánh", "a" * 65]


@pytest.mark.parametrize("key", ["2", "MA-1", "v/3/1795392000000/0a1b", "his_orders", "x" * 64])
def test_a_code_is_said_as_it_is(key: str) -> None:
    assert as_code(key) == key
    assert msgspec.convert({"type": "disagree", "about": "gone", "ours": "", "his": key}, Disagree).his == key


@pytest.mark.parametrize("key", NAMES)
def test_what_could_be_a_name_is_neither_said_nor_taken(key: str) -> None:
    assert as_code(key) == NO_CODE
    for fields in ({"ours": key, "his": ""}, {"ours": "", "his": key}):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({"type": "disagree", "about": "gone", **fields}, Disagree)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"type": "agree", "about": "gone", "his": key}, Agree)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"type": "attach", "visit": "v", "external": {"his": key}}, Attach)
