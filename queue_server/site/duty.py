"""Who answers an emergency, what patients read of them, and when a kiosk serves."""

from collections.abc import Mapping

from queue_server.engine.facility import ClinicPlan, EmergencyPlan, Words
from queue_server.protocol.codes import Role
from queue_server.site.lines import Key
from queue_server.site.mistakes import Notes
from queue_server.site.reading import Table
from queue_server.site.tokens import Device

_ANSWERING = (Role.CLINIC, Role.RECEPTION, Role.SUPERVISOR, Role.ADMIN)
"""Roles with a screen on which somebody can answer."""
_LIKE = '["reception"]'


def read_emergency(table: Table) -> EmergencyPlan:
    """The section `[emergency]`: devices, and seconds until it goes on to the next."""
    plan = EmergencyPlan(
        first=table.texts("first", like=_LIKE, required=False),
        then=table.texts("then", like=_LIKE, required=False),
        after=1000 * table.integer("after", 5, 300, EmergencyPlan().after // 1000),
        place=table.words("place", like='{ vi = "…", en = "…" }') if "place" in table else None,
    )
    if plan.then and not plan.first:
        advice = f"write first = {_LIKE}, or take then out: everybody is told at once"
        table.notes.mistake(table.at("then"), "nobody comes first", advice)
    table.close()
    return plan


def read_opening(table: Table) -> tuple[tuple[int, int], ...]:
    """The key `hours` of a kiosk: pairs of times in order; none when it always serves."""
    found: list[tuple[int, int]] = []
    for opens, ends, where in table.spans("hours", like='[["05:00", "16:30"]]'):
        if ends <= opens:
            advice = 'write a later second time; over midnight write two, to "24:00" and from "00:00"'
            table.notes.mistake(where, "it ends before it begins", advice)
        elif found and opens < found[-1][1]:
            table.notes.mistake(where, "it begins before the one before it ends", "write them in order")
        else:
            found.append((opens, ends))
    return tuple(found)


def examine(plan: EmergencyPlan, devices: Mapping[str, Device], notes: Notes) -> None:
    """Note whoever is on duty and cannot answer."""
    for key, names in (("first", plan.first), ("then", plan.then)):
        for index, name in enumerate(names):
            where: Key = ("emergency", key, index)
            device = devices.get(name)
            if device is None:
                notes.unknown(where, "device", name, [d.id for d in devices.values() if d.role in _ANSWERING])
            elif device.role not in _ANSWERING and not notes.wrong(("devices", name, "role")):
                roles = ", ".join(_ANSWERING)
                notes.mistake(
                    where, f"a {device.role} has nobody who answers", f"name a device of role {roles}"
                )
            elif name in names[:index] or (key == "then" and name in plan.first):
                notes.mistake(where, f'"{name}" is there twice', "leave one of them out")


def names(devices: Mapping[str, Device], clinics: Mapping[str, ClinicPlan]) -> dict[str, Words]:
    """What patients may read of a device: its own name, else what the hall reads of its only clinic."""
    found = {}
    for device in devices.values():
        if device.name is not None:
            found[device.id] = device.name
        elif len(device.clinics) == 1 and device.clinics[0] in clinics:
            found[device.id] = clinics[device.clinics[0]].public
    return found
