"""The words that both screens share: every code of the wire as a patient or a nurse would say it.

Tables map a code to a `Label` (Vietnamese and English). `fill` puts facts into the places in braces; a fact
that was not sent leaves its part of the sentence out, never a brace on a screen.
"""

import string
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone, tzinfo
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from queue_server.protocol.codes import (
    AlertKind,
    AppointmentState,
    Brought,
    CalledAs,
    ClinicKind,
    ClinicState,
    CloseCode,
    GateName,
    Grant,
    Help,
    IdentityKind,
    InsuranceAdvice,
    InsuranceStatus,
    Lane,
    Language,
    Need,
    Note,
    Notice,
    PortalState,
    PresenceKind,
    Refusal,
    Result,
    Stays,
    StepChange,
    StepState,
    VisitChange,
    VisitEnd,
    VisitWait,
)
from queue_server.protocol.labels import Label

_Code = TypeVar("_Code", bound=str)
_VIETNAM = timezone(timedelta(hours=7))


def zone(name: str) -> tzinfo:
    """A time zone by name; Vietnam's constant offset where the machine has no time zone tables."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return _VIETNAM


def clock(at: int, where: tzinfo) -> str:
    """Hours and minutes of a moment in ms."""
    return f"{datetime.fromtimestamp(at / 1000, where):%H:%M}"


def day(at: int, where: tzinfo) -> str:
    """The day of a moment in ms, as papers write it."""
    return f"{datetime.fromtimestamp(at / 1000, where):%d/%m/%Y}"


def clock_with_seconds(at: int, where: tzinfo) -> str:
    """Hours, minutes and seconds of a moment in ms, for waits shorter than a minute."""
    return f"{datetime.fromtimestamp(at / 1000, where):%H:%M:%S}"


class ScreenLanguage(StrEnum):
    """The languages of boards and consoles; patients' others are kiosks' and tickets'."""

    VI = "vi"
    EN = "en"


def other(language: Language) -> Language:
    """The second language of a screen."""
    return Language.EN if language is Language.VI else Language.VI


def tell(label: Label, language: Language) -> str:
    """One language of a label; the other where a site left it empty."""
    first, second = (label.vi, label.en) if language is Language.VI else (label.en, label.vi)
    return first or second


def named(table: Mapping[_Code, Label], code: str) -> Label | None:
    """The words of a code that came as text; None for one that this screen does not know yet."""
    return next((label for member, label in table.items() if member == code), None)


class _Facts(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "…"


def fill(label: Label, facts: Mapping[str, object]) -> Label:
    """The label with facts in place of `{name}`; what is missing or None shows as `…`."""
    known = _Facts({name: str(value) for name, value in facts.items() if value is not None and value != ""})
    formatter = string.Formatter()
    return Label(vi=formatter.vformat(label.vi, (), known), en=formatter.vformat(label.en, (), known))


def age(seconds: float, language: Language) -> str:
    """How long ago, in the unit a person would use."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} giây" if language is Language.VI else f"{whole} s"
    minutes = whole // 60
    if minutes < 60:
        return f"{minutes} phút" if language is Language.VI else f"{minutes} min"
    hours = minutes // 60
    return f"{hours} giờ" if language is Language.VI else f"{hours} h"


LINK_LOST = Label(
    vi="Màn hình tạm gián đoạn – xin nghe nhân viên gọi",
    en="Screen interrupted – please listen to the staff",
)

NOTICES = {
    Notice.PAUSED: Label(vi="Tạm ngừng gọi – giữ nguyên số", en="Paused – your number is kept"),
    Notice.EMERGENCY: Label(
        vi="Bác sĩ đang xử trí cấp cứu – giữ nguyên số",
        en="The doctor is at an emergency – your number is kept",
    ),
    Notice.LATE: Label(
        vi="Bắt đầu muộn hơn dự kiến – giữ nguyên số", en="Starting later than planned – your number is kept"
    ),
    Notice.LUNCH: Label(vi="Nghỉ trưa – giữ nguyên số", en="Lunch break – your number is kept"),
    Notice.DRAINING: Label(
        vi="Đã đủ lượt buổi này – mời lấy số buổi sau hoặc hỏi quầy",
        en="This session is full – take a number for the next one or ask at the desk",
    ),
    Notice.CLOSED: Label(vi="Đã ngừng nhận – xin hỏi quầy hướng dẫn", en="Closed – please ask at the desk"),
    Notice.SYSTEM_BACK: Label(
        vi="Hệ thống gọi số đã hoạt động lại – số cũ vẫn dùng được",
        en="The queue is running again – your number is still good",
    ),
    Notice.FOLLOW_STAFF: Label(
        vi="Xin theo hướng dẫn của nhân viên – giữ phiếu trong tay",
        en="Please follow the staff – keep your ticket with you",
    ),
}
NEWS_AT = Label(vi="tin tiếp {time}", en="news at {time}")
CALLS_AGAIN_AT = Label(vi="gọi tiếp {time}", en="calls again at {time}")

LANES = {
    Lane.URGENT: Label(vi="Cấp cứu", en="Urgent"),
    Lane.PRIORITY: Label(vi="Ưu tiên", en="Priority"),
    Lane.APPOINTMENT: Label(vi="Có hẹn", en="Appointment"),
    Lane.RETURNING: Label(vi="Trả kết quả", en="With results"),
    Lane.WALK_IN: Label(vi="Thường", en="Ordinary"),
}
GRANTS = {
    Grant.AUTO: Label(vi="theo tuổi trên thẻ", en="by age on the card"),
    Grant.PROVISIONAL: Label(vi="chưa xem giấy tờ", en="papers not seen yet"),
    Grant.DESK: Label(vi="quầy đã xác nhận", en="confirmed by a desk"),
}
NOTES = {
    Note.OFFLINE: Label(vi="phiếu in lúc mất mạng", en="printed without the server"),
    Note.INTAKE_STOPPED: Label(vi="lấy số khi đã ngừng nhận", en="came while intake was stopped"),
    Note.SESSION_FULL: Label(vi="ca đã đủ số", en="the session is full"),
    Note.NOT_OFFERED: Label(vi="xem lại dịch vụ", en="check the service"),
    Note.NUMBER_TAKEN: Label(vi="số trên phiếu trùng người khác", en="another's number on the paper"),
    Note.TWO_PAPERS: Label(vi="cầm nhiều phiếu khác số", en="several papers, different numbers"),
}
STATES = {
    StepState.PLANNED: Label(vi="Chưa đến lượt vào hàng", en="Planned"),
    StepState.QUEUED: Label(vi="Đang chờ", en="Waiting"),
    StepState.PREPARED: Label(vi="Chuẩn bị", en="Get ready"),
    StepState.CALLED: Label(vi="Đang gọi", en="Called"),
    StepState.SERVING: Label(vi="Đang khám", en="Being seen"),
    StepState.HELD: Label(vi="Tạm giữ", en="On hold"),
    StepState.MISSED: Label(vi="Lỡ lượt", en="Missed"),
    StepState.DONE: Label(vi="Đã xong", en="Done"),
    StepState.CANCELLED: Label(vi="Đã hủy", en="Cancelled"),
    StepState.ABANDONED: Label(vi="Đã bỏ về", en="Left"),
}
PRESENCES = {
    PresenceKind.UNKNOWN: Label(vi="Không rõ", en="Unknown"),
    PresenceKind.HERE: Label(vi="Có mặt", en="Here"),
    PresenceKind.BUSY: Label(vi="Đang ở nơi khác", en="Busy elsewhere"),
    PresenceKind.AWAY: Label(vi="Tạm ra ngoài", en="Away"),
}
IDENTIFIED = {
    IdentityKind.CARD: Label(vi="xác định bằng thẻ căn cước", en="identified by the citizen card"),
    IdentityKind.INSURANCE: Label(vi="xác định bằng thẻ BHYT", en="identified by the insurance card"),
    IdentityKind.DOCUMENT: Label(vi="xác định bằng hộ chiếu, giấy tờ", en="identified by a document"),
    IdentityKind.TYPED: Label(vi="số gõ tay, chưa xem giấy tờ", en="number typed, papers not seen"),
    IdentityKind.PHONE: Label(vi="chỉ có số điện thoại", en="only a telephone number is known"),
    IdentityKind.TOLD: Label(vi="tự khai, chưa xem giấy tờ", en="as told, papers not seen"),
    IdentityKind.HOSPITAL_CARD: Label(vi="thẻ khám của bệnh viện", en="by the hospital's patient card"),
    IdentityKind.HIS_PAPER: Label(vi="giấy tờ do bệnh viện in", en="by a paper of the hospital"),
    IdentityKind.UNIDENTIFIED: Label(vi="chưa biết là ai", en="nobody knows who it is"),
}
BROUGHT = {
    Brought.SELF: Label(vi="tự đến", en="came alone"),
    Brought.CHILD: Label(vi="cha mẹ đưa con đến", en="a child, brought by a parent"),
    Brought.RELATIVE: Label(vi="người nhà đưa đến", en="brought by a relative"),
}
WARNINGS = {
    "year_differs": Label(
        vi="năm sinh không khớp số định danh", en="birth year does not fit the citizen number"
    ),
    "gender_differs": Label(
        vi="giới tính không khớp số định danh", en="gender does not fit the citizen number"
    ),
    "date_impossible": Label(
        vi="ngày sinh trên thẻ không có thật", en="the birth date on the card cannot be"
    ),
    "future_date": Label(
        vi="ngày sinh trên thẻ ở tương lai", en="the birth date on the card is still to come"
    ),
    "name_unreadable": Label(vi="không đọc được họ tên trên thẻ", en="the name on the card is unreadable"),
    "insurance_expired": Label(vi="thẻ BHYT hết hạn", en="the insurance card has expired"),
    "insurance_not_yet": Label(vi="thẻ BHYT chưa có hiệu lực", en="the insurance card is not valid yet"),
}
"""What a clerk should look at, by code; never a reason to turn anybody away."""
INSURANCE_STATUS = {
    InsuranceStatus.VERIFIED: Label(vi="BHYT đã xác minh", en="insurance verified"),
    InsuranceStatus.UNVERIFIED: Label(vi="BHYT chưa xác minh được", en="insurance not verified"),
    InsuranceStatus.INVALID: Label(vi="BHYT không hợp lệ", en="insurance not valid"),
}
INSURANCE_ADVICE = {
    InsuranceAdvice.GO_ON: Label(vi="tiếp nhận", en="go on"),
    InsuranceAdvice.WAIT: Label(
        vi="cứ tiếp nhận, hệ thống sẽ tra cứu lại", en="receive them; it is looked up again"
    ),
    InsuranceAdvice.CHECK_BY_HAND: Label(
        vi="cứ tiếp nhận, kiểm tra thẻ bằng tay", en="receive them; check the card by hand"
    ),
    InsuranceAdvice.CHECK_PAPERS: Label(
        vi="thẻ quân đội hoặc công an: xem thẻ và giấy tờ tùy thân",
        en="a card of the army's or the police's: look at card and identity papers",
    ),
    InsuranceAdvice.USE_NEW_CARD: Label(
        vi="thẻ cũ hết hạn, đã có thẻ mới: dùng thẻ mới", en="the old card has expired: use the new one"
    ),
    InsuranceAdvice.USE_BOTH_CARDS: Label(
        vi="thẻ còn hạn, đã cấp thẻ mới: xem cả hai", en="the card is valid, a new one exists: look at both"
    ),
    InsuranceAdvice.READ_CARD_AGAIN: Label(
        vi="số thẻ sai: quét hoặc gõ lại", en="the card number is wrong: scan or type it again"
    ),
    InsuranceAdvice.COMPARE_NAME: Label(
        vi="sai họ tên: so thẻ với giấy tờ tùy thân", en="another name: compare card and identity papers"
    ),
    InsuranceAdvice.COMPARE_BIRTH: Label(
        vi="sai ngày sinh: so thẻ với giấy tờ tùy thân",
        en="another birth date: compare card and identity papers",
    ),
    InsuranceAdvice.CHILD_PAPERS: Label(
        vi="trẻ em không có thẻ: xem giấy khai sinh", en="a child without a card: see the birth certificate"
    ),
    InsuranceAdvice.EXPIRED: Label(
        vi="thẻ hết hạn: hỏi thẻ khác, gia hạn", en="expired: ask for another card or an extension"
    ),
    InsuranceAdvice.NOT_FOUND: Label(
        vi="không tìm thấy thẻ: xem lại số, họ tên", en="no such card: look at number and name again"
    ),
    InsuranceAdvice.REVOKED: Label(vi="thẻ đã bị thu hồi: hỏi thẻ khác", en="revoked: ask for another card"),
    InsuranceAdvice.REDUCED: Label(
        vi="thẻ đã báo giảm: hỏi thẻ khác, nơi đóng", en="cut short: ask for another card, or who pays for it"
    ),
}
"""What a desk does next. None of it turns anybody away."""
PORTAL_STATES = {
    PortalState.UNKNOWN: Label(vi="chưa tra cứu ai", en="nobody was looked up yet"),
    PortalState.REACHABLE: Label(vi="trả lời tốt", en="answers"),
    PortalState.AWAY: Label(vi="không trả lời", en="does not answer"),
    PortalState.ACCOUNT_REFUSED: Label(vi="từ chối tài khoản", en="refuses our account"),
    PortalState.RESTING: Label(vi="ngoài giờ tra cứu", en="outside the hours of looking up"),
}
HELPS = {
    Help.HEARING: Label(vi="Nghe kém", en="Hard of hearing"),
    Help.SIGHT: Label(vi="Nhìn kém", en="Low sight"),
    Help.WHEELCHAIR: Label(vi="Xe lăn", en="Wheelchair"),
    Help.INTERPRETER: Label(vi="Cần phiên dịch", en="Interpreter"),
    Help.SLOW_WALK: Label(vi="Đi chậm", en="Walks slowly"),
}
GATES = {
    GateName.VERIFIED: Label(vi="chờ kiểm tra thẻ", en="card not verified"),
    GateName.PAID: Label(vi="chưa đóng tiền", en="not paid"),
    GateName.APPROVED: Label(vi="chờ duyệt", en="not approved"),
    GateName.FASTING: Label(vi="cần nhịn ăn", en="must fast"),
    GateName.FULL_BLADDER: Label(vi="cần nhịn tiểu", en="needs a full bladder"),
    GateName.EMPTY_BLADDER: Label(vi="cần đi tiểu trước", en="must empty the bladder first"),
    GateName.RESULT: Label(vi="chờ kết quả", en="awaits results"),
    GateName.ACKNOWLEDGED: Label(vi="chờ HIS nhận phòng", en="the HIS has to confirm the room"),
    GateName.NOT_BEFORE: Label(vi="chưa đến giờ", en="not yet time"),
}
GATE_OPENS = {
    GateName.VERIFIED: Label(vi="Thẻ đã kiểm tra", en="Card verified"),
    GateName.PAID: Label(vi="Đã đóng tiền", en="Paid"),
    GateName.APPROVED: Label(vi="Đã duyệt", en="Approved"),
    GateName.FASTING: Label(vi="Đã nhịn ăn đủ", en="Has fasted"),
    GateName.FULL_BLADDER: Label(vi="Đã nhịn tiểu đủ", en="Bladder is full"),
    GateName.EMPTY_BLADDER: Label(vi="Đã đi tiểu", en="Bladder is empty"),
    GateName.RESULT: Label(vi="Đã có kết quả", en="Results are there"),
    GateName.ACKNOWLEDGED: Label(vi="Không chờ HIS nữa", en="No longer wait for the HIS"),
    GateName.NOT_BEFORE: Label(vi="Cho vào trước giờ", en="Let in before the time"),
}
RESULTS = {
    Result.NONE: Label(vi="Không có kết quả phải chờ", en="No result to wait for"),
    Result.PENDING: Label(vi="Chờ kết quả", en="Result pending"),
    Result.READY: Label(vi="Có kết quả", en="Result ready"),
}
KINDS = {
    ClinicKind.RECEPTION: Label(vi="Tiếp đón", en="Reception"),
    ClinicKind.VITALS: Label(vi="Đo sinh hiệu", en="Vital signs"),
    ClinicKind.EXAM: Label(vi="Phòng khám", en="Clinic"),
    ClinicKind.SAMPLING: Label(vi="Lấy mẫu", en="Sampling"),
    ClinicKind.IMAGING: Label(vi="Chẩn đoán hình ảnh", en="Imaging"),
    ClinicKind.APPROVAL: Label(vi="Duyệt bảo hiểm", en="Approval"),
    ClinicKind.CASHIER: Label(vi="Thu ngân", en="Cashier"),
    ClinicKind.PHARMACY: Label(vi="Nhà thuốc", en="Pharmacy"),
    ClinicKind.INFORMATION: Label(vi="Hướng dẫn", en="Information"),
}
CLINIC_STATES = {
    ClinicState.OPEN: Label(vi="Đang gọi số", en="Open"),
    ClinicState.PAUSED: Label(vi="Tạm ngừng", en="Paused"),
    ClinicState.DRAINING: Label(vi="Không nhận thêm", en="No new patients"),
    ClinicState.CLOSED: Label(vi="Chưa mở", en="Closed"),
}
WAITS = {
    VisitWait.DIRECTION: Label(vi="chờ hướng dẫn đi đâu tiếp", en="to be told where to go next"),
    VisitWait.RESULTS: Label(
        vi="có kết quả, bác sĩ chỉ định đã về: chờ quầy xếp người đọc",
        en="results are there, the doctor has left: a desk says who reads them",
    ),
}
ENDS = {
    VisitEnd.COMPLETED: Label(vi="Đã xong", en="Completed"),
    VisitEnd.CANCELLED: Label(vi="Đã hủy", en="Cancelled"),
    VisitEnd.ABANDONED: Label(vi="Đã bỏ về", en="Left"),
    VisitEnd.DAY_ENDED: Label(vi="Hết ngày", en="Day ended"),
}
ALERTS = {
    AlertKind.CLOCK_JUMPED: Label(
        vi="Đồng hồ máy chủ nhảy – báo tin học", en="The server clock jumped – tell IT"
    ),
    AlertKind.PRINTER: Label(vi="Máy in cần người đến", en="A printer needs somebody"),
    AlertKind.EMERGENCY: Label(vi="KHẨN CẤP", en="EMERGENCY"),
    AlertKind.DEVICE_LOST: Label(vi="Mất liên lạc thiết bị", en="A device is out of reach"),
    AlertKind.STORE: Label(
        vi="Máy chủ khó ghi dữ liệu – báo tin học", en="The server has trouble storing – tell IT"
    ),
    AlertKind.OFFLINE_TICKETS: Label(vi="Phiếu in khi mất mạng cần xem", en="Offline tickets need a look"),
    AlertKind.HIS: Label(
        vi="Phần mềm bệnh viện (HIS) không khớp hoặc không trả lời",
        en="The hospital system (HIS) disagrees or is silent",
    ),
    AlertKind.CLINIC_LATE: Label(vi="Đã đến giờ, chưa gọi ai", en="It is time and nobody is called yet"),
    AlertKind.INSURANCE: Label(
        vi="Cổng BHYT từ chối tài khoản tra cứu – báo tin học",
        en="The insurance portal refuses our account – tell IT",
    ),
}
CALLED_AS = {
    CalledAs.URGENT: Label(vi="{n} khẩn cấp", en="{n} urgent"),
    CalledAs.PRIORITY: Label(vi="{n} ưu tiên", en="{n} priority"),
    CalledAs.APPOINTMENT: Label(vi="{n} có hẹn", en="{n} with appointments"),
    CalledAs.RETURNING: Label(vi="{n} trả kết quả", en="{n} with results"),
    CalledAs.FASTING: Label(vi="{n} nhịn ăn", en="{n} fasting"),
    CalledAs.ORDINARY: Label(vi="{n} lượt thường", en="{n} ordinary"),
    CalledAs.REJOINED: Label(vi="{n} quay lại sau lỡ lượt", en="{n} back after a missed call"),
}
"""How many of each are before somebody."""
NEEDS = {
    Need.FASTING: Label(vi="nhịn ăn", en="fasting"),
    Need.FULL_BLADDER: Label(vi="nhịn tiểu", en="full bladder"),
    Need.EMPTY_BLADDER: Label(vi="đi tiểu trước", en="empty bladder"),
}
STAYS = {
    Stays.CALLED: Label(vi="đang được gọi", en="is being called"),
    Stays.RETURNING: Label(vi="quay lại với kết quả, đúng bác sĩ", en="brings results to this doctor"),
    Stays.CHOSEN: Label(vi="đã chọn bác sĩ này", en="chose this doctor"),
    Stays.HIS: Label(vi="HIS đã xếp phòng", en="the HIS gave this room"),
    Stays.HELP: Label(vi="cần người đưa đi", en="needs somebody to walk along"),
    Stays.NOWHERE: Label(vi="không phòng nào khác nhận", en="no other room takes them"),
    Stays.NO_GAIN: Label(vi="chuyển không nhanh hơn", en="would not be seen sooner"),
}
APPOINTMENTS = {
    AppointmentState.BOOKED: Label(vi="chưa đến", en="not here yet"),
    AppointmentState.CHECKED_IN: Label(vi="đã đến", en="has come"),
    AppointmentState.CANCELLED: Label(vi="đã hủy", en="cancelled"),
    AppointmentState.UNATTENDED: Label(vi="không đến", en="did not come"),
}
ADVICE = {
    "prefer_others": Label(vi="sắp nhiều lượt bảo hiểm", en="many insured exams"),
    "at_limit": Label(vi="ĐẾN NGƯỠNG lượt bảo hiểm", en="AT THE LIMIT of insured exams"),
}
WHY_EMPTY = {
    "absent": Label(vi="{n} lỡ lượt, chưa quay lại", en="{n} missed, not back yet"),
    "awaiting_result": Label(vi="{n} chờ kết quả", en="{n} await results"),
    "results_here": Label(vi="{n} đã có kết quả, chờ bác sĩ", en="{n} have results, wait for the doctor"),
    "unpaid": Label(vi="{n} chưa đóng tiền", en="{n} have not paid"),
    "not_ready": Label(vi="{n} chưa sẵn sàng (nhịn ăn, nước tiểu)", en="{n} not ready (fasting, bladder)"),
    "not_yet": Label(vi="{n} chưa đến giờ", en="{n} whose moment is still to come"),
    "busy_elsewhere": Label(vi="{n} đang ở nơi khác", en="{n} busy elsewhere"),
    "held": Label(vi="{n} tạm giữ", en="{n} on hold"),
    "planned": Label(vi="{n} chưa đến chặng này", en="{n} not yet at this stop"),
    "away": Label(vi="{n} tạm ra ngoài", en="{n} away"),
    "undirected": Label(vi="{n} chờ quầy xếp phòng", en="{n} wait for a desk to name the room"),
}

STEP_CHANGES = {
    StepChange.QUEUED: Label(vi="vào hàng chờ", en="joined the line"),
    StepChange.BOUND: Label(vi="được xếp phòng", en="given a place"),
    StepChange.ATTACHED: Label(vi="gắn phòng và số HIS", en="room and HIS number attached"),
    StepChange.PREPARED: Label(vi="mời chuẩn bị", en="asked to get ready"),
    StepChange.CALLED: Label(vi="gọi", en="called"),
    StepChange.RECALLED: Label(vi="gọi lại", en="called again"),
    StepChange.STARTED: Label(vi="bắt đầu", en="started"),
    StepChange.FINISHED: Label(vi="xong", en="finished"),
    StepChange.MISSED: Label(vi="lỡ lượt", en="missed"),
    StepChange.HELD: Label(vi="tạm giữ", en="put on hold"),
    StepChange.RESUMED: Label(vi="trở lại hàng", en="back in line"),
    StepChange.REJOINED: Label(vi="quay lại sau khi lỡ lượt", en="back after a missed call"),
    StepChange.TRANSFERRED: Label(vi="chuyển phòng", en="moved to another place"),
    StepChange.GATE_OPENED: Label(vi="đủ điều kiện", en="condition met"),
    StepChange.RESULT_READY: Label(vi="có kết quả", en="result ready"),
    StepChange.CANCELLED: Label(vi="hủy chặng", en="stop cancelled"),
    StepChange.ABANDONED: Label(vi="bỏ về", en="left"),
    StepChange.CARRIED: Label(vi="chuyển sang buổi sau", en="carried to the next session"),
    StepChange.RENUMBERED: Label(vi="đổi số gọi", en="call sign changed"),
    StepChange.UNDONE: Label(vi="hoàn tác", en="undone"),
    StepChange.DEFERRED: Label(vi="gọi sớm hơn giờ đã báo, giữ chỗ", en="called too early, place kept"),
    StepChange.PLACED: Label(vi="đổi chỗ trong hàng", en="another place in line"),
    StepChange.ACKNOWLEDGED: Label(vi="HIS đã nhận phòng", en="the HIS confirmed the room"),
}
VISIT_CHANGES = {
    VisitChange.LANE: Label(vi="đổi diện", en="lane changed"),
    VisitChange.HELP: Label(vi="đổi nhu cầu hỗ trợ", en="help needs changed"),
    VisitChange.PRESENCE: Label(vi="đổi nơi có mặt", en="presence changed"),
    VisitChange.APPOINTMENT: Label(vi="đến theo lịch hẹn", en="came for an appointment"),
    VisitChange.GIVEN_BACK: Label(
        vi="không phải người có hẹn, trả lại lịch hẹn", en="not whose appointment it was: given back"
    ),
    VisitChange.EXTERNAL: Label(vi="gắn mã HIS", en="HIS code attached"),
    VisitChange.NUMBER: Label(vi="đổi số trên phiếu", en="number on the ticket changed"),
    VisitChange.NOTED: Label(vi="ghi chú cho nhân viên", en="noted for staff"),
    VisitChange.ROUTE: Label(vi="đổi quy trình", en="route changed"),
    VisitChange.WAITING: Label(vi="chờ hướng dẫn", en="waits for direction"),
    VisitChange.ENDED: Label(vi="kết thúc lượt khám", en="visit ended"),
    VisitChange.UNDONE: Label(vi="hoàn tác", en="undone"),
}

REFUSALS = {
    Refusal.MALFORMED: Label(
        vi="Máy chủ không hiểu yêu cầu. Thử lại; nếu vẫn vậy, báo tin học.",
        en="The server did not understand. Try again; if it persists, tell IT.",
    ),
    Refusal.FORBIDDEN: Label(
        vi="Màn hình này không được làm việc đó. Nhờ điều dưỡng trưởng.",
        en="This screen may not do that. Ask the head nurse.",
    ),
    Refusal.RATE: Label(
        vi="Bấm quá nhanh. Đợi vài giây rồi bấm lại.", en="Too many presses. Wait a few seconds, then again."
    ),
    Refusal.BUSY: Label(
        vi="Máy chủ đang bận. Đợi vài giây rồi bấm lại.",
        en="The server is busy. Wait a few seconds, then again.",
    ),
    Refusal.ID_REUSED: Label(
        vi="Yêu cầu bị lẫn. Bấm lại lần nữa; báo tin học.",
        en="The request was mixed up. Press again; tell IT.",
    ),
    Refusal.INTERNAL: Label(
        vi="Lỗi ở máy chủ, chưa thay đổi gì. Làm cách khác và báo tin học.",
        en="A fault in the server; nothing changed. Go another way and tell IT.",
    ),
    Refusal.STILL_HERE: Label(
        vi="Người này đang khám với số {number}. Xóa sau khi lượt khám kết thúc.",
        en="This person is here with number {number}. Erase them once the visit has ended.",
    ),
    Refusal.CHANGED: Label(
        vi="Tình hình vừa thay đổi, người khác nhanh hơn. Xem lại màn hình rồi bấm lại nếu vẫn cần.",
        en="Somebody was faster. Look at the screen again, then press if still needed.",
    ),
    Refusal.UNKNOWN_VISIT: Label(
        vi="Không có lượt khám này hôm nay. Quét lại phiếu hoặc tìm bằng số.",
        en="No such visit today. Scan the ticket again or find it by number.",
    ),
    Refusal.UNKNOWN_STEP: Label(
        vi="Không còn chặng này. Chọn lại trên danh sách.",
        en="That stop is gone. Choose again from the list.",
    ),
    Refusal.UNKNOWN_CLINIC: Label(
        vi="Không có phòng này. Xem lại số phòng.", en="No such room. Check the room number."
    ),
    Refusal.UNKNOWN_SERVICE: Label(
        vi="Không có dịch vụ này. Chọn lại trên danh sách.", en="No such service. Choose from the list."
    ),
    Refusal.UNKNOWN_PRACTITIONER: Label(
        vi="Không có người này trong danh sách. Báo tin học thêm vào.",
        en="This person is not on the list. Ask IT to add them.",
    ),
    Refusal.UNKNOWN_ROUTE: Label(
        vi="Không có quy trình này. Chọn đối tượng khác.", en="No such route. Choose another kind of visit."
    ),
    Refusal.UNKNOWN_REASON: Label(
        vi="Lý do này không dùng được ở đây. Chọn lý do khác.",
        en="That reason is not for this. Choose another.",
    ),
    Refusal.UNKNOWN_PRINT: Label(
        vi="Không tìm thấy lần in này. Quét phiếu để in lại.", en="No such print. Scan the ticket to reprint."
    ),
    Refusal.UNKNOWN_ALERT: Label(
        vi="Báo động này đã được xử lý hoặc không còn.", en="That alert was seen to already, or is gone."
    ),
    Refusal.UNKNOWN_HALL: Label(vi="Không có khu chờ này. Chọn lại.", en="No such hall. Choose again."),
    Refusal.UNKNOWN_NUMBER: Label(
        vi="Không có số này hôm nay. Xem lại số trên phiếu.",
        en="No such number today. Look at the ticket again.",
    ),
    Refusal.ALREADY_HERE: Label(
        vi="Người này đã có lượt khám hôm nay, số {number}. Dùng số đó.",
        en="This person already has number {number} today. Use that one.",
    ),
    Refusal.NUMBER_TAKEN: Label(
        vi="Số này đã có người giữ. Xem lại phiếu hoặc cấp số mới.",
        en="That number belongs to somebody else. Check the ticket or give a new one.",
    ),
    Refusal.SIGN_TAKEN: Label(
        vi="Số này đã dùng ở phòng đó hôm nay. Xem lại số trên HIS.",
        en="That number was already used in that room today. Check it in the HIS.",
    ),
    Refusal.NOBODY_WAITING: Label(vi="Không có ai để gọi lúc này.", en="There is nobody to call right now."),
    Refusal.NO_FREE_PLACE: Label(
        vi="Hết chỗ. Cho một người xong trước rồi gọi tiếp.",
        en="No free place. Finish somebody first, then call.",
    ),
    Refusal.NOT_WAITING: Label(
        vi="Người này không còn đang chờ. Xem lại danh sách.",
        en="They no longer wait. Look at the list again.",
    ),
    Refusal.NOT_CALLED: Label(
        vi="Người này chưa được gọi. Gọi trước rồi thử lại.", en="They were not called yet. Call first."
    ),
    Refusal.NOT_HELD: Label(
        vi="Người này không ở trạng thái tạm giữ. Xem lại danh sách.",
        en="They are not on hold. Look at the list again.",
    ),
    Refusal.NOT_MISSED: Label(
        vi="Người này không lỡ lượt: vẫn đang trong hàng.", en="They missed nothing: they are still in line."
    ),
    Refusal.NOT_OPEN: Label(
        vi="Phòng chưa mở hoặc đang tạm ngừng. Mở phòng rồi gọi.",
        en="The clinic is closed or paused. Open it, then call.",
    ),
    Refusal.NOT_OFFERED: Label(
        vi="Phòng đó không làm dịch vụ này. Chọn phòng khác.",
        en="That clinic does not offer it. Choose another.",
    ),
    Refusal.WRONG_STATE: Label(
        vi="Việc này không hợp với trạng thái hiện tại ({state}). Xem lại màn hình.",
        en="That does not go with the present state ({state}). Look at the screen again.",
    ),
    Refusal.PATIENT_BUSY: Label(
        vi="Người bệnh đang ở nơi khác ({clinic}). Gọi người tiếp; chỗ của họ được giữ.",
        en="The patient is at another place ({clinic}). Call the next; their place is kept.",
    ),
    Refusal.GATE_SHUT: Label(
        vi="Chưa đủ điều kiện vào: {gates}. Mời người bệnh làm xong việc đó trước.",
        en="Not ready yet: {gates}. Ask the patient to do that first.",
    ),
    Refusal.TOO_SOON: Label(
        vi="Còn sớm (chờ đến {time}): hai lần gọi phải cách nhau đủ lâu. Gọi lại lần nữa rồi mới ghi vắng.",
        en="Too soon (wait until {time}): two calls well apart come first. Call again, then mark absent.",
    ),
    Refusal.VISIT_ENDED: Label(
        vi="Lượt khám này đã kết thúc. Lấy số mới nếu còn cần khám.",
        en="This visit has ended. Take a new number if still needed.",
    ),
    Refusal.NOTHING_TO_UNDO: Label(
        vi="Không hoàn tác được nữa: đã có việc mới sau đó.", en="Too late to undo: something else followed."
    ),
    Refusal.INTAKE_STOPPED: Label(
        vi="Đang tạm ngừng nhận thêm. Mời lấy số buổi sau hoặc hỏi điều dưỡng trưởng.",
        en="Not taking more now. Offer a number for the next session or ask the head nurse.",
    ),
    Refusal.STILL_WAITING: Label(
        vi="Còn {waiting} người chờ ở đây. Chọn «không nhận thêm», khám hết rồi đóng.",
        en="{waiting} still wait here. Choose “no new patients”, see them, then close.",
    ),
    Refusal.SIGNED_ON_ELSEWHERE: Label(
        vi="Người này đang làm ở {clinic}. Kết thúc ca ở đó trước.",
        en="This person is signed on at {clinic}. Sign off there first.",
    ),
    Refusal.SESSION_FULL: Label(
        vi="Buổi này đã đủ lượt. Cấp phiếu buổi sau, hoặc quầy nhận thêm nếu phòng đồng ý.",
        en="This session is full. Give a number for the next one, or add at the desk if the room agrees.",
    ),
    Refusal.NOT_NEXT: Label(
        vi="{number} đứng trước. Mời {number} chuẩn bị trước, hoặc gọi ngoài thứ tự có lý do (c).",
        en="{number} is before. Ask {number} to get ready first, or call out of order with a reason (c).",
    ),
    Refusal.QUOTA_USED: Label(
        vi="{clinic} đã gọi ngoài thứ tự vì lý do này đủ {quota} lượt trong buổi. Gọi đúng thứ tự.",
        en="{clinic} called out of order for this reason {quota} times this session. Call in order.",
    ),
    Refusal.UNKNOWN_PROPOSAL: Label(
        vi="Đề xuất này không còn nữa. Xin đề xuất mới (M).",
        en="This proposal is no longer there. Ask for a new one (M).",
    ),
    Refusal.UNKNOWN_APPOINTMENT: Label(
        vi="Không có lịch hẹn này, hoặc đã dùng, đã hủy. Tìm theo tên, hoặc lấy số thường.",
        en="No such appointment, or it was used or cancelled. Look by name, or give an ordinary number.",
    ),
    Refusal.TOO_LATE: Label(
        vi="Giờ hẹn này đã qua ngày. Chọn hôm nay hoặc ngày sau.",
        en="That appointment is for a day gone by. Choose today or later.",
    ),
    Refusal.NO_PRINTER: Label(
        vi="{clinic} không có máy in phiếu. Mời người bệnh in lại ở kiosk.",
        en="{clinic} has no slip printer. Send the patient to a kiosk to print again.",
    ),
}

CLOSES = {
    CloseCode.NOT_OWNER: Label(vi="Máy chủ này chỉ dự phòng", en="This server is a standby"),
    CloseCode.SLOW_READER: Label(vi="Đường truyền quá chậm", en="The line is too slow"),
    CloseCode.NO_HELLO: Label(
        vi="Máy chủ không nhận ra màn hình", en="The server did not recognise this screen"
    ),
    CloseCode.BAD_TOKEN: Label(
        vi="Mã thiết bị không đúng – báo tin học", en="The device token is wrong – tell IT"
    ),
    CloseCode.WIRE_UNSUPPORTED: Label(
        vi="Phiên bản không hợp – báo tin học cập nhật", en="Versions do not match – ask IT to update"
    ),
    CloseCode.REVOKED: Label(
        vi="Thiết bị đã bị thu hồi – báo tin học", en="This device was revoked – tell IT"
    ),
    CloseCode.TOO_MANY_ERRORS: Label(
        vi="Màn hình gửi quá nhiều lỗi – báo tin học", en="Too many errors from this screen – tell IT"
    ),
}


def close_reason(code: int) -> Label:
    """Why the link is down, as far as the close code tells."""
    try:
        return CLOSES[CloseCode(code)]
    except ValueError:
        return Label(vi="Chưa nối được máy chủ", en="No link to the server")
