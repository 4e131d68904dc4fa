"""Every kind of mistake in a site file is told with its line and with what to write instead."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from queue_server import site
from queue_server.site import Mistake

GOOD = Path(__file__).with_name("small.toml").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Case:
    """One change to the good file. In `new`, `#!` marks the line that has to be named."""

    old: str
    new: str
    where: str
    problem: str
    advice: str
    warning: bool = False


def _two_kiosks(ordinal: int) -> str:
    return f'[kiosks.kiosk-2]\nordinal = {ordinal} #!\nhall = "porch"\n\n[screens.board-1]'


CASES = {
    # a value of the wrong type
    "text for a number": Case(
        "minutes = 3",
        'minutes = "3" #!',
        "services.reception.minutes",
        "a whole number is wanted here, this is text",
        "write minutes = 5",
    ),
    "true for a number": Case(
        "minutes = 3",
        "minutes = true #!",
        "services.reception.minutes",
        "this is true or false",
        "write minutes = 5",
    ),
    "fraction for a number": Case(
        "minutes = 3",
        "minutes = 2.5 #!",
        "services.reception.minutes",
        "a number with a fraction",
        "write minutes = 5",
    ),
    "number for text": Case(
        'room = "2"',
        "room = 2 #!",
        "clinics.room-2.room",
        "text is wanted here, this is a number",
        'write room = "12"',
    ),
    "text for yes or no": Case(
        "choosable = true",
        'choosable = "yes" #!',
        "services.general.choosable",
        "yes or no is wanted here, this is text",
        "write choosable = true or choosable = false",
    ),
    "text for a list": Case(
        'services = ["general"]',
        'services = "general" #!',
        "clinics.room-2.services",
        "a list is wanted here, this is text",
        'write services = ["general"]',
    ),
    "number in a list": Case(
        'steps = ["reception"]',
        "steps = [\n  7, #!\n]",
        "routes.ask.steps[1]",
        "text is wanted here, this is a number",
        'write ["reception"',
    ),
    "one language": Case(
        'floor = { vi = "Tầng trệt", en = "Ground floor" }',
        'floor = "Tầng trệt" #!',
        "halls.porch.floor",
        "text in both languages is wanted here",
        "write floor = { vi =",
    ),
    "English missing": Case(
        'floor = { vi = "Tầng trệt", en = "Ground floor" }',
        'floor = { vi = "Tầng trệt" } #!',
        "halls.porch.floor.en",
        "is missing",
        "write en =",
    ),
    "table for a name": Case(
        '[practitioners.bs-may]\nname = "BS. Lò Thị Mây"',
        '[practitioners]\nbs-may = "BS. Lò Thị Mây" #!',
        "practitioners.bs-may",
        "a table is wanted here, this is text",
        "write [practitioners.bs-may] on a line of its own",
    ),
    "one bracket for a list": Case(
        '[screens.board-1]\nhall = "porch"',
        '[[screens]] #!\nhall = "porch"',
        "screens",
        "a table is wanted here, this is a list",
        "write [screens]",
    ),
    # a value out of bounds
    "places below 1": Case(
        'room = "2"',
        'room = "2"\nplaces = 0 #!',
        "clinics.room-2.places",
        "0 is too small",
        "write places = a whole number from 1 to 60",
    ),
    "starving policy": Case(
        "choosable = true",
        "choosable = true\nat_most = 10 #!",
        "services.general.at_most",
        "10 is too large",
        "write at_most = a whole number from 1 to 9",
    ),
    "a ratio below the law": Case(
        "choosable = true",
        'choosable = true\npolicy = "ratio"\nordinary = 4 #!',
        "services.general.ordinary",
        "of 4 calls in a row at least one goes to the priority group (Law 15/2023/QH15, article 3, clause 2)",
        "write ordinary = 3 or less",
    ),
    "a huge head start": Case(
        "choosable = true",
        'choosable = true\npolicy = "head_start"\nearlier = 600 #!',
        "services.general.earlier",
        "600 is too large",
        "write earlier = a whole number from 1 to 240",
    ),
    "no points ever": Case(
        "choosable = true",
        'choosable = true\npolicy = "accumulating"\ngains = { ordinary = 0 } #!',
        "services.general.gains.ordinary",
        "0 is too small",
        "write ordinary = a whole number from 1 to 1000",
    ),
    "points taken away": Case(
        "choosable = true",
        'choosable = true\npolicy = "accumulating"\noffsets = { ordinary = -5 } #!',
        "services.general.offsets.ordinary",
        "-5 is too small",
        "write ordinary = a whole number from 0 to 1000",
    ),
    "a number of another policy": Case(
        "choosable = true",
        'choosable = true\npolicy = "first_come"\nat_most = 3 #!',
        "services.general.at_most",
        'at_most belongs to policy = "priority_first"',
        'take the line out, or write policy = "priority_first"',
    ),
    "every call a share": Case(
        "choosable = true",
        "choosable = true\nreturning_one_in = 1 #!",
        "services.general.returning_one_in",
        "every call would be theirs, all others would starve",
        "write returning_one_in = 2 or more, or 0 for no share",
    ),
    "shares that add up to more than one": Case(
        "[services.general]",
        "[services.general] #!\noverdue_one_in = 3\nreturning_one_in = 3",
        "services.general",
        "the guaranteed shares are too many to be kept together, and others would starve",
        "write overdue_one_in = 6 and returning_one_in = 6",
    ),
    "hours that end before they begin": Case(
        "choosable = true",
        'choosable = true\n[[services.general.policy_hours]]\nfrom = "09:00"\nto = "08:00" #!',
        "services.general.policy_hours[1].to",
        "it ends before it begins",
        'write a later time; over midnight make two, to "24:00" and from "00:00"',
    ),
    "two policies at a time": Case(
        "choosable = true",
        'choosable = true\n[[services.general.policy_hours]]\nfrom = "07:00"\nto = "09:00"\n'
        '[[services.general.policy_hours]]\nfrom = "08:00" #!\nto = "10:00"\npolicy = "first_come"',
        "services.general.policy_hours[2].from",
        "at the same time another policy holds (line ",
        "move one of them",
    ),
    "children the law puts first": Case(
        "[payers.insured]",
        "[[priority]]\nchild_under = 5 #!\n[payers.insured]",
        "priority[1].child_under",
        "children under 6 come first by law (Law 15/2023/QH15, article 3, clause 2)",
        "write child_under = 6 or more",
    ),
    "elders the law puts first": Case(
        "[payers.insured]",
        "[[priority]]\nelder_from = 80 #!\n[payers.insured]",
        "priority[1].elder_from",
        "people of 75 and more come first by law (Law 15/2023/QH15, article 3, clause 2)",
        "write elder_from = 75 or less",
    ),
    "a day that is none": Case(
        "[payers.insured]",
        '[[priority]]\nfrom = "2027-02-29" #!\n[payers.insured]',
        "priority[1].from",
        '"2027-02-29" is no day',
        'write from = "2026-01-01"',
    ),
    "ages out of order": Case(
        "[payers.insured]",
        '[[priority]]\nfrom = "2027-01-01"\n[[priority]]\nfrom = "2026-01-01" #!\n[payers.insured]',
        "priority[2].from",
        "this does not begin after the entry before it",
        'write a later day, as in from = "2027-01-01"',
    ),
    "a hospital's code": Case(
        'reception = "reception"',
        'reception = "reception"\ninsurance_code = "7903K" #!\n',
        "facility.insurance_code",
        '"7903K" is no code of a hospital',
        'write five characters, the third may be a letter, as in insurance_code = "79034"',
    ),
    "a code for whoever comes without a slip": Case(
        'reception = "reception"',
        'reception = "reception"\nself_referred = "1.3" #!\n',
        "facility.self_referred",
        '"1.3" is no code for the self-referred',
        'did you mean "1.13"?',
    ),
    "one line, two policies": Case(
        'services = ["general"]',
        'services = ["general", "other"] #!\n'
        '[services.other]\nname = { vi = "Khác", en = "Other" }\nkind = "exam"\nminutes = 5\nat_most = 2',
        "clinics.room-2.services",
        '"general" and "other" are called by different policies, and here is one line',
        "write the same policy in [services.other] as in [services.general]",
    ),
    "a quota on a pause": Case(
        'notice = "lunch"',
        'notice = "lunch"\nquota = 2 #!',
        "reasons.lunch.quota",
        "only calls out of order are counted",
        'take it out, or write kind = "call"',
    ),
    "no priority at all": Case(
        "choosable = true",
        "choosable = true\nat_most = 0 #!",
        "services.general.at_most",
        "0 is too small",
        "write at_most = a whole number from 1 to 9",
    ),
    "empty text": Case(
        'name = "BS. Lò Thị Mây"',
        'name = " " #!',
        "practitioners.bs-may.name",
        "the text is empty",
        "write name =",
    ),
    "control character": Case(
        'name = "BS. Lò Thị Mây"',
        'name = "BS.\\u0000Mây" #!',
        "practitioners.bs-may.name",
        "a character that cannot be shown",
        "write it on one line",
    ),
    "long room": Case(
        'room = "2"',
        'room = "the room behind the stairs" #!',
        "clinics.room-2.room",
        "the text has 26 characters",
        "write at most 12 characters",
    ),
    "empty list": Case(
        'steps = ["reception"]',
        "steps = [] #!",
        "routes.ask.steps",
        "the list is empty",
        'write steps = ["reception"',
    ),
    "ordinal of three digits": Case(
        "ordinal = 1",
        "ordinal = 100 #!",
        "kiosks.kiosk-1.ordinal",
        "100 is too large",
        "write ordinal = a whole number from 1 to 99",
    ),
    # a word that is not known
    "unknown kind": Case(
        'kind = "pause"',
        'kind = "puase" #!',
        "reasons.lunch.kind",
        '"puase" is not known here',
        'did you mean "pause"?',
    ),
    "unknown service kind": Case(
        'letter = "H"\n',
        'letter = "H"\nbinding = "pool" #!\n',
        "services.general.binding",
        '"pool" is not known here',
        'did you mean "pooled"?',
    ),
    "unknown gate": Case(
        'letter = "H"\n',
        'letter = "H"\ngates = [\n  "fasting",\n  "payed", #!\n]\n',
        "services.general.gates[2]",
        '"payed" is not known here',
        'did you mean "paid"?',
    ),
    "gate twice": Case(
        'letter = "H"\n',
        'letter = "H"\ngates = ["fasting", "fasting"] #!\n',
        "services.general.gates[2]",
        '"fasting" is there twice',
        "leave one of them out",
    ),
    "unknown policy": Case(
        "choosable = true",
        'choosable = true\npolicy = "first_com" #!',
        "services.general.policy",
        '"first_com" is not known here',
        'did you mean "first_come"?',
    ),
    "unknown numbering": Case(
        "choosable = true",
        'choosable = true\nnumbering = "clinics" #!',
        "services.general.numbering",
        '"clinics" is not known here',
        'did you mean "clinic"?',
    ),
    "unknown notice": Case(
        'notice = "lunch"',
        'notice = "lunsh" #!',
        "reasons.lunch.notice",
        '"lunsh" is not known here',
        'did you mean "lunch"?',
    ),
    "unknown role": Case(
        'role = "board"',
        'role = "bord" #!',
        "devices.board-1.role",
        '"bord" is not known here',
        'did you mean "board"?',
    ),
    "role of no device": Case(
        'role = "clinic"',
        'role = "clock" #!',
        "devices.room.role",
        'no device can be "clock"',
        'write one of "admin", "board"',
    ),
    "unknown time zone": Case(
        '"Asia/Ho_Chi_Minh"',
        '"Asia/Ho_Chi_Min" #!',
        "facility.time_zone",
        'there is no time zone "Asia/Ho_Chi_Min"',
        'did you mean "Asia/Ho_Chi_Minh"?',
    ),
    "time zone as people say it": Case(
        '"Asia/Ho_Chi_Minh"',
        '"UTC+7" #!',
        "facility.time_zone",
        'there is no time zone "UTC+7"',
        'did you mean "Asia/Ho_Chi_Minh"?',
    ),
    "no time zone at all": Case(
        '"Asia/Ho_Chi_Minh"',
        '"Mặt Trăng" #!',
        "facility.time_zone",
        'there is no time zone "Mặt Trăng"',
        'write time_zone = "Asia/Ho_Chi_Minh"',
    ),
    # a key that is not known, or missing
    "unknown key": Case(
        "minutes = 8",
        "wait = 8 #!\nminutes = 8",
        "services.general.wait",
        '"wait" is not known here',
        "take the line out",
    ),
    "mistyped key": Case(
        "choosable = true",
        "choosible = true #!",
        "services.general.choosible",
        '"choosible" is not known here',
        'did you mean "choosable"?',
    ),
    "unknown section": Case(
        "[texts.vi]", "[tekst.vi] #!", "tekst", '"tekst" is not known here', 'did you mean "texts"?'
    ),
    "unknown word of the ticket": Case(
        'title = "PHIẾU KHÁM"',
        'titel = "PHIẾU KHÁM" #!',
        "texts.vi.titel",
        '"titel" is not known here',
        'did you mean "title"?',
    ),
    "unknown key within": Case(
        'en = "Porch" }',
        'en = "Porch", fr = "Porche" } #!',
        "halls.porch.name.fr",
        '"fr" is not known here',
        "take the line out",
    ),
    "missing key": Case(
        "[services.reception]",
        "[services.reception] #!",
        "services.reception.minutes",
        "is missing",
        "write minutes = 5",
    ),
    "missing key of a list": Case(
        '[[sessions]]\nclinic = "room-2"',
        "[[sessions]] #!",
        "sessions[2].clinic",
        "is missing",
        'write clinic = "room-12"',
    ),
    "missing public label": Case(
        "[clinics.room-3]",
        "[clinics.room-3] #!",
        "clinics.room-3.public",
        "is missing, and the clinic is discreet",
        "write what the hall may read",
    ),
    "id with marks": Case(
        "[practitioners.bs-may]",
        '[practitioners."bs-mây"] #!',
        "practitioners.bs-mây",
        '"bs-mây" cannot be an id',
        "as in [practitioners.bs-an]",
    ),
    "facility's id": Case(
        'id = "lang-may"',
        'id = "Làng Mây" #!',
        "facility.id",
        '"Làng Mây" cannot be an id',
        'as in id = "song-huong"',
    ),
    "no address of a page": Case(
        'reception = "reception"\n',
        'reception = "reception"\nticket_url = "queue.example.vn" #!\n',
        "facility.ticket_url",
        "this is no address of the patient's page",
        'up to and with "/t/"',
    ),
    "no such language": Case(
        'reception = "reception"\n',
        'reception = "reception"\nlanguages = ["vi", "fr"] #!\n',
        "facility.languages[2]",
        '"fr" is not known here',
        "km",
    ),
    "no Vietnamese": Case(
        'reception = "reception"\n',
        'reception = "reception"\nlanguages = ["en", "km"] #!\n',
        "facility.languages",
        "staff read Vietnamese",
        'write languages = ["vi", "en"]',
    ),
    "day end at 24:00": Case(
        'reception = "reception"\n',
        'reception = "reception"\nday_ends = "24:00" #!\n',
        "facility.day_ends",
        "ends at 00:00",
        'write day_ends = "00:00"',
    ),
    # letters
    "letter I": Case(
        'letter = "H"',
        'letter = "I" #!',
        "services.general.letter",
        "it looks like 1",
        "write one of A, H, L, M, R, S, X, Y",
    ),
    "letter O": Case(
        'letter = "H"', 'letter = "O" #!', "services.general.letter", "it looks like 0", "write one of A, H"
    ),
    "letter Q": Case(
        'letter = "H"', 'letter = "Q" #!', "services.general.letter", "it looks like 0", "write one of A, H"
    ),
    "letter K": Case(
        'letter = "H"',
        'letter = "K" #!',
        "services.general.letter",
        "kiosks print without the server, as K01-001",
        "write one of A, H",
    ),
    "Vietnamese letter": Case(
        'letter = "H"',
        'letter = "Đ" #!',
        "services.general.letter",
        '"Đ" is mistaken for a letter without its mark',
        "write one of A, H",
    ),
    "small letter": Case(
        'letter = "H"',
        'letter = "h" #!',
        "services.general.letter",
        '"h" is a small letter',
        'write letter = "H"',
    ),
    "two letters": Case(
        'letter = "H"',
        'letter = "HA" #!',
        "services.general.letter",
        '"HA" is not one capital letter',
        "write one of A, H",
    ),
    "letter twice": Case(
        'letter = "H"',
        'letter = "A" #!',
        "services.general.letter",
        '"A" is the letter of reception (line 11)',
        "write one of H, L, M, R, S, X, Y",
    ),
    # references
    "unknown hall": Case(
        'room = "2"\nkind = "exam"\nhall = "porch"',
        'room = "2"\nkind = "exam"\nhall = "proch" #!',
        "clinics.room-2.hall",
        'there is no hall "proch"',
        'did you mean "porch"?',
    ),
    "unknown service of a clinic": Case(
        'services = ["general"]',
        'services = [\n  "general",\n  "genral", #!\n]',
        "clinics.room-2.services[2]",
        'there is no service "genral"',
        'did you mean "general"?',
    ),
    "unknown service of a route": Case(
        'steps = ["reception", "@exam"]',
        'steps = ["reception", "@exsam"] #!',
        "routes.exam.steps[2]",
        'there is no service "@exsam"',
        'did you mean "@exam"?',
    ),
    "unknown payer": Case(
        'payer = "insured"\nkind = "exam"',
        'payer = "insurance" #!\nkind = "exam"',
        "routes.exam.payer",
        'there is no payer "insurance"',
        'did you mean "insured"?',
    ),
    "unknown clinic of a session": Case(
        'clinic = "room-2"',
        'clinic = "room-22" #!',
        "sessions[2].clinic",
        'there is no clinic "room-22"',
        'did you mean "room-2"?',
    ),
    "unknown clinic of many": Case(
        'clinics = ["desk", "room-3"]',
        'clinics = [\n  "desk",\n  "rom-3", #!\n]',
        "sessions[1].clinics[2]",
        'there is no clinic "rom-3"',
        'did you mean "room-3"?',
    ),
    "unknown practitioner": Case(
        'practitioner = "bs-may"',
        'practitioner = "bs-mai" #!',
        "sessions[2].practitioner",
        'there is no practitioner "bs-mai"',
        'did you mean "bs-may"?',
    ),
    "unknown hall of a kiosk": Case(
        'ordinal = 1\nhall = "porch"',
        'ordinal = 1\nhall = "yard" #!',
        "kiosks.kiosk-1.hall",
        'there is no hall "yard"',
        'write one of "porch" or add it under [halls.yard]',
    ),
    "unknown hall of a screen": Case(
        '[screens.board-1]\nhall = "porch"',
        '[screens.board-1]\nhall = "yard" #!',
        "screens.board-1.hall",
        'there is no hall "yard"',
        'write one of "porch"',
    ),
    "unknown clinic of a device": Case(
        'clinics = ["room-2"]',
        'clinics = ["room-5"] #!',
        "devices.room.clinics[1]",
        'there is no clinic "room-5"',
        "did you mean",
    ),
    "unknown hall of a device": Case(
        'clinics = ["room-2"]',
        'hall = "porsch" #!',
        "devices.room.hall",
        'there is no hall "porsch"',
        'did you mean "porch"?',
    ),
    "unknown reception": Case(
        'reception = "reception"\n',
        'reception = "recepton" #!\n',
        "facility.reception",
        'there is no service "recepton"',
        'did you mean "reception"?',
    ),
    "an exam as reception": Case(
        'reception = "reception"\n',
        'reception = "general" #!\n',
        "facility.reception",
        '"general" is no reception',
        'write one of "reception"',
    ),
    "kiosk that isn't there": Case(
        "[devices.kiosk-1]",
        "[devices.kiosk-9] #!",
        "devices.kiosk-9",
        'there is no kiosk "kiosk-9"',
        'did you mean "kiosk-1"?',
    ),
    "board without a hall": Case(
        "[devices.board-1]",
        "[devices.wall] #!",
        "devices.wall.hall",
        "is missing: a board shows one hall",
        'write hall = "porch", or add [screens.wall]',
    ),
    # things that are there twice
    "ordinal twice": Case(
        "[screens.board-1]",
        _two_kiosks(1),
        "kiosks.kiosk-2.ordinal",
        "1 is the ordinal of kiosk-1",
        "write ordinal = 2",
    ),
    "token twice": Case(
        '"' + "2" * 64 + '"',
        '"' + "1" * 64 + '" #!',
        "devices.board-1.token_sha256",
        "this is the token of kiosk-1",
        "`queue-server token`",
    ),
    "route twice": Case(
        '[routes.ask]\npayer = "insured"\nkind = "reception"',
        '[routes.ask] #!\npayer = "insured"\nkind = "exam"',
        "routes.ask",
        'payer "insured" has a route of kind "exam", exam',
        "write another kind, or join the two",
    ),
    "table twice": Case(
        "[practitioners.bs-may]",
        "[clinics.room-2] #!",
        "clinics.room-2",
        "this is already in line 36",
        "rename one of them, or take it out",
    ),
    "key twice": Case(
        "minutes = 8",
        "minutes = 8\nminutes = 9 #!",
        "services.general.minutes",
        "this is already in line 21",
        "rename one of them, or take it out",
    ),
    "clinic of a device twice": Case(
        'clinics = ["room-2"]',
        'clinics = ["room-2", "room-2"] #!',
        "devices.room.clinics[2]",
        '"room-2" is there twice',
        "leave one of them out",
    ),
    # tokens
    "no token": Case(
        "[devices.room]",
        "[devices.room] #!",
        "devices.room.token_sha256",
        "is missing",
        "`queue-server token`",
    ),
    "short token": Case(
        'token_sha256 = "' + "3" * 64 + '"',
        'token = "abc" #!',
        "devices.room.token",
        "this is no token",
        "`queue-server token`",
    ),
    "broken hash": Case(
        '"' + "3" * 64 + '"',
        '"333" #!',
        "devices.room.token_sha256",
        "this is not 64 digits",
        "`queue-server token`",
    ),
    "both tokens": Case(
        'token_sha256 = "' + "3" * 64 + '"',
        'token = "demo-room" #!\ntoken_sha256 = "' + "3" * 64 + '"',
        "devices.room.token",
        "both there",
        "take the token out",
    ),
    "readable token": Case(
        'token_sha256 = "' + "3" * 64 + '"',
        'token = "demo-room" #!',
        "devices.room.token",
        "good for a demo only",
        "write token_sha256 instead",
        warning=True,
    ),
    # what must fit together
    "route that doesn't begin at reception": Case(
        'steps = ["reception"]',
        'steps = ["general"] #!',
        "routes.ask.steps",
        "good for reception and information only",
        'begin with "reception", or write identified = true',
    ),
    "exam without a clinic": Case(
        "[practitioners.bs-may]",
        '[services.eyes] #!\nname = { vi = "Mắt", en = "Eyes" }\nkind = "exam"\n'
        "minutes = 8\n\n[practitioners.bs-may]",
        "services.eyes",
        "no clinic offers this service",
        'add "eyes" to the services of a clinic of kind "exam"',
    ),
    "clinic of another kind": Case(
        'room = "2"\nkind = "exam"',
        'room = "2"\nkind = "cashier" #!',
        "clinics.room-2.kind",
        'none of its services is of kind "cashier"',
        'write one of "exam"',
    ),
    "telling label": Case(
        'public = { vi = "Phòng 3", en = "Room 3" }',
        'public = { vi = "Phòng tư vấn cai nghiện", en = "Room 3" } #!',
        "clinics.room-3.public",
        "this tells what it is for",
        'as in public = { vi = "Phòng 3", en = "Room 3" }',
    ),
    "telling label without marks": Case(
        'public = { vi = "Phòng 3", en = "Room 3" }',
        'public = { vi = "Phòng 3", en = "ADDICTION ADVICE" } #!',
        "clinics.room-3.public",
        "this tells what it is for",
        "write only the door",
    ),
    "two exams to choose": Case(
        '"@exam"]', '"@exam", "@exam"] #!', "routes.exam.steps", "one exam is chosen", 'leave one "@exam"'
    ),
    "gate nobody opens": Case(
        "choosable = true",
        'choosable = true\ngates = ["paid"]',
        "routes.exam.steps[2]",
        'nothing before "@exam" opens its gate "paid"',
        'write opens = ["paid"] in a service',
        warning=True,
    ),
    "room chosen by us beside a HIS": Case(
        "choosable = true",
        'choosable = true\nauthority = "beside"\nbinding = "late" #!',
        "services.general.binding",
        "the HIS does not know a room that only we chose",
        'write binding = "at_desk"',
        warning=True,
    ),
    "room of ours where the HIS leads": Case(
        "choosable = true",
        'choosable = true\nauthority = "his_leads"\nbinding = "at_check_in" #!',
        "services.general.binding",
        "with authority his_leads we give no room",
        'write binding = "at_desk"',
        warning=True,
    ),
    "pooled exam that the HIS is asked for": Case(
        "choosable = true",
        'choosable = true\nbinding = "pooled"\nauthority = "we_lead" #!',
        "services.general.authority",
        "at a pooled counter the HIS is asked for nobody's room",
        'write authority = "beside", or another binding',
        warning=True,
    ),
    "clinic without a session": Case(
        'clinics = ["desk", "room-3"]',
        'clinics = ["desk"]',
        "clinics.room-3",
        "it is in no session",
        "add it to a [[sessions]]",
        warning=True,
    ),
    "nobody can be made urgent": Case(
        'kind = "lane"',
        'kind = "hold"',
        "reasons",
        'there is none of kind "lane": at no console can anybody be made urgent',
        'kind = "lane"',
        warning=True,
    ),
    # times
    "reversed session": Case(
        'from = "07:00"\nto = "11:30"',
        'from = "07:00"\nto = "06:30" #!',
        "sessions[2].to",
        "it ends at 06:30 and begins at 07:00",
        "write a later time",
    ),
    "session over midnight": Case(
        'from = "07:00"\nto = "11:30"',
        'from = "19:00"\nto = "07:00" #!',
        "sessions[2].to",
        "it ends at 07:00 and begins at 19:00",
        'two sessions, to "24:00" and from "00:00"',
    ),
    "no time of day": Case(
        'to = "11:30"', 'to = "11h30" #!', "sessions[2].to", '"11h30" is no time of day', 'as in to = "11:30"'
    ),
    "after the end of the day": Case(
        'to = "11:30"',
        'to = "24:30" #!',
        "sessions[2].to",
        '"24:30" is no time of day',
        'from "00:00" to "24:00"',
    ),
    "time without quotes": Case(
        'to = "11:30"',
        "to = 11:30:00 #!",
        "sessions[2].to",
        "a time of day is written as text here",
        'write to = "11:30", in quotation marks',
    ),
    "clinic and clinics": Case(
        'clinic = "room-2"',
        'clinic = "room-2" #!\nclinics = ["room-2"]',
        "sessions[2].clinic",
        "both there",
        "take one of them out",
    ),
    "overlapping sessions": Case(
        "[payers.insured]",
        '[[sessions]]\nclinic = "room-2"\nfrom = "11:00" #!\nto = "16:30"\n\n[payers.insured]',
        "sessions[3].from",
        "room-2 works at the same time as the session in line 60",
        "move one of them, or give room-2 more places",
    ),
    "doctor in two rooms": Case(
        "[payers.insured]",
        '[[sessions]]\nclinic = "room-2"\nfrom = "13:00"\nto = "16:30"\n\n[[sessions]]\n'
        'clinic = "room-3"\npractitioner = "bs-may" #!\nfrom = "16:30"\nto = "17:00"\n\n'
        '[[sessions]]\nclinic = "desk"\npractitioner = "bs-may"\nfrom = "16:45"\n'
        'to = "17:00"\n\n[payers.insured]',
        "sessions[5].practitioner",
        "bs-may works at the same time as the session in line",
        "move one of them or name somebody else",
    ),
    # no TOML at all
    "no quotes": Case(
        'hall = "porch"\nservices = ["general"]',
        'hall = porch #!\nservices = ["general"]',
        "",
        "this is not TOML (Invalid value)",
        "in quotation marks",
    ),
    "open text": Case(
        'room = "2"', 'room = "2 #!', "", "this is not TOML", 'end the text with " on the same line'
    ),
    "time as in speech": Case('to = "11:30"', "to = 11:30 #!", "", "this is not TOML", "in quotation marks"),
    "colon for equals": Case('room = "2"', 'room: "2" #!', "", "this is not TOML", "write key = value"),
    "open heading": Case(
        "[halls.porch]", "[halls.porch #!", "", "this is not TOML", "end the heading with ]"
    ),
}
REMOVED = {
    "missing key": "minutes = 3\n",
    "missing public label": 'public = { vi = "Phòng 3", en = "Room 3" }\n',
    "no token": 'token_sha256 = "' + "3" * 64 + '"\n',
}
OTHER_LINES = {
    # Where the line that is named stands elsewhere than the change.
    "gate nobody opens": 'steps = ["reception", "@exam"]',
    "clinic without a session": "[clinics.room-3]",
    "doctor in two rooms": None,
    "nobody can be made urgent": None,
}


def checked(tmp_path: Path, text: str) -> list[Mistake]:
    file = tmp_path / "site.toml"
    file.write_text(text, encoding="utf-8")
    return site.check(file)


@pytest.mark.parametrize("name", CASES)
def test_it_is_told_alone_with_its_line_and_what_to_write_instead(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    assert GOOD.count(case.old) >= 1, "the good file has changed"
    text = GOOD.replace(case.old, case.new, 1)
    if name == "id with marks":
        text = text.replace('"bs-may"', '"bs-mây"')
    text = text.replace(REMOVED.get(name, "#no such line"), "", 1)
    found = checked(tmp_path, text)
    assert len(found) == 1, "\n".join(map(str, found))
    mistake = found[0]
    assert mistake.where == case.where
    assert case.problem in mistake.problem
    assert case.advice in mistake.advice
    assert mistake.warning == case.warning
    marked = OTHER_LINES.get(name, "#!")
    if marked is not None:
        assert marked in text.splitlines()[mistake.line - 1]


def test_a_good_file_has_no_mistakes(tmp_path: Path) -> None:
    assert checked(tmp_path, GOOD) == []


def test_all_mistakes_are_told_at_once_from_top_to_bottom(tmp_path: Path) -> None:
    text = GOOD
    for old, new in [
        ('letter = "H"', 'letter = "O"'),
        ('room = "2"', "room = 2"),
        ('practitioner = "bs-may"', 'practitioner = "bs-mai"'),
        ("ordinal = 1", "ordinal = 0"),
        ('title = "PHIẾU KHÁM"', 'titel = "PHIẾU KHÁM"'),
    ]:
        text = text.replace(old, new, 1)
    found = checked(tmp_path, text)
    assert [mistake.where for mistake in found] == [
        "services.general.letter",
        "clinics.room-2.room",
        "sessions[2].practitioner",
        "kiosks.kiosk-1.ordinal",
        "texts.vi.titel",
    ]
    assert [mistake.line for mistake in found] == sorted(mistake.line for mistake in found)


def test_all_repeated_names_are_told_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("[clinics.room-3]", "[clinics.desk]") + '[texts.vi]\ntitle = "A"\n'
    found = checked(tmp_path, text)
    assert [mistake.where for mistake in found] == ["clinics.desk", "texts.vi"]


def test_a_mistake_reads_as_one_line_with_file_and_line(tmp_path: Path) -> None:
    found = checked(tmp_path, GOOD.replace("minutes = 3", 'minutes = "3"'))
    file = tmp_path / "site.toml"
    assert str(found[0]) == (
        f"{file}:15: services.reception.minutes: a whole number is wanted here, this is text; "
        "write minutes = 5"
    )


def test_an_empty_file_says_what_a_site_needs(tmp_path: Path) -> None:
    where = {mistake.where for mistake in checked(tmp_path, "")}
    assert {"facility.id", "facility.name", "facility.time_zone", "halls", "services", "clinics"} <= where


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    found = site.check(tmp_path / "nowhere.toml")
    assert [str(mistake) for mistake in found] == [
        f"{tmp_path / 'nowhere.toml'}: the file cannot be read (No such file or directory); give a site file"
    ]


def test_a_file_in_another_encoding(tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    file.write_bytes(b'[facility]\nid = "a"\nname = "Tr\xfdm"\n')
    assert [(mistake.line, mistake.advice) for mistake in site.check(file)] == [(3, "save the file as UTF-8")]


def test_loading_refuses_with_all_mistakes_and_no_warnings(tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    text = GOOD.replace('letter = "H"', 'letter = "O"').replace("ordinal = 1", "ordinal = 0")
    text = text.replace('token_sha256 = "' + "3" * 64 + '"', 'token = "demo-room"')
    file.write_text(text, encoding="utf-8")
    with pytest.raises(site.SiteMistakes) as refused:
        site.load(file)
    assert [mistake.where for mistake in refused.value.mistakes] == [
        "services.general.letter",
        "kiosks.kiosk-1.ordinal",
    ]
    assert "site.toml:20: services.general.letter" in str(refused.value)


@pytest.mark.parametrize("said", ["Hanoi", "Hà Nội", "ICT", "GMT+7", "Asia/Hanoi"])
def test_a_time_zone_as_people_say_it(said: str, tmp_path: Path) -> None:
    found = checked(tmp_path, GOOD.replace("Asia/Ho_Chi_Minh", said))
    assert [mistake.advice for mistake in found] == ['did you mean "Asia/Ho_Chi_Minh"?']


def test_a_computer_without_time_zones_is_what_has_to_be_put_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zoneinfo.available_timezones", set)
    found = checked(tmp_path, GOOD)
    assert [(mistake.problem, mistake.advice) for mistake in found] == [
        ("this computer knows no time zones", "install tzdata")
    ]


def test_a_register_stands_only_where_no_other_system_keeps_one(tmp_path: Path) -> None:
    text = GOOD.replace('reception = "reception"', 'reception = "reception"\nregister = "keep"', 1)
    path = tmp_path / "site.toml"
    path.write_text(text.replace("choosable = true", 'choosable = true\nauthority = "we_lead"'), "utf-8")
    (mistake,) = (found for found in site.check(path) if not found.warning)
    assert mistake.where == "facility.register"
    assert mistake.problem.startswith('"general" is not ours alone')
    assert mistake.advice == 'write register = "forget"'


def test_nobody_is_forgotten_on_the_day_they_come(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(
        GOOD.replace('reception = "reception"', 'reception = "reception"\nretention_hours = 23', 1)
    )
    (mistake,) = (found for found in site.check(path) if not found.warning)
    assert (mistake.where, mistake.problem) == ("facility.retention_hours", "23 is too small")


@pytest.mark.parametrize("key", ['register = "keep"', "retention_hours = 169"])
def test_a_notice_that_is_not_true_has_to_be_worded_anew_in_both_languages(tmp_path: Path, key: str) -> None:
    path = tmp_path / "site.toml"
    kept = GOOD.replace('reception = "reception"', f'reception = "reception"\n{key}', 1)
    path.write_text(kept, "utf-8")
    (mistake,) = (found for found in site.check(path) if not found.warning)
    assert mistake.where == f"facility.{key.split()[0]}"
    assert mistake.problem == "kiosks tell patients that they are forgotten after some days"
    assert mistake.advice == "write what is so as notice in [texts.vi] and [texts.en]"
    for language, left in (("vi", 1), ("en", 0)):
        kept = (
            kept.replace("[texts.vi]", '[texts.vi]\nnotice = "…"')
            if language == "vi"
            else f'{kept}\n[texts.en]\nnotice = "…"\n'
        )
        path.write_text(kept, "utf-8")
        assert len([found for found in site.check(path) if not found.warning]) == left
