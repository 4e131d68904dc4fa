"""What the console says, besides the words of the codes."""

from collections.abc import Callable, Mapping
from enum import StrEnum

from display.texts import CLINIC_STATES, GATES, REFUSALS, STATES, WHY_EMPTY, fill, named, tell
from queue_server.protocol.codes import Language, PrintState, Refusal, Role
from queue_server.protocol.labels import Label
from queue_server.protocol.messages import Rejected


class Action(StrEnum):
    """Everything the console can do."""

    CALL_NEXT = "call_next"
    RECALL = "recall"
    START = "start"
    FINISH = "finish"
    FINISH_AS = "finish_as"
    ABSENT = "absent"
    HOLD = "hold"
    BACK = "back"
    PREPARE = "prepare"
    CALL_THIS = "call_this"
    TRANSFER = "transfer"
    REFER = "refer"
    ORDER = "order"
    RESULT = "result"
    GATE = "gate"
    LANE = "lane"
    PRESENCE = "presence"
    HELP_FLAGS = "help_flags"
    CANCEL = "cancel"
    ATTACH = "attach"
    REGISTER = "register"
    UNDO = "undo"
    OPEN = "open"
    PAUSE = "pause"
    DRAIN = "drain"
    CLOSE = "close"
    SIGN = "sign"
    REPRINT = "reprint"
    VOID = "void"
    PAPERS = "papers"
    EMERGENCY = "emergency"
    ANNOUNCE = "announce"
    UNANNOUNCE = "unannounce"
    STOP_INTAKE = "stop_intake"
    REOPEN_INTAKE = "reopen_intake"
    CLOCK = "clock"
    ALERT = "alert"
    SEEN = "seen"
    DEVICES = "devices"
    FIND = "find"
    JOURNAL = "journal"
    EXPLAIN = "explain"
    MOVES = "moves"
    DISMISS = "dismiss"
    SLIP = "slip"
    DIFFERENCE = "difference"
    OVERVIEW = "overview"
    APPOINTMENTS = "appointments"
    PATIENT = "patient"
    IDENTIFY = "identify"
    UNKNOWN = "unknown"
    CONFIRM_LANE = "confirm_lane"
    WITHDRAW_LANE = "withdraw_lane"
    FORGET = "forget"
    CHECK_INSURANCE = "check_insurance"
    INSURANCE_PAPERS = "insurance_papers"
    BOOK = "book"
    CHOOSE = "choose"
    LANGUAGE = "language"
    HELP = "help"
    QUIT = "quit"


KEYS = {
    Action.CALL_NEXT: "space",
    Action.RECALL: "r",
    Action.START: "s",
    Action.FINISH: "f",
    Action.FINISH_AS: "e",
    Action.ABSENT: "a",
    Action.HOLD: "h",
    Action.BACK: "b",
    Action.PREPARE: "p",
    Action.CALL_THIS: "c",
    Action.TRANSFER: "t",
    Action.REFER: "n",
    Action.ORDER: "o",
    Action.RESULT: "k",
    Action.GATE: "g",
    Action.LANE: "l",
    Action.PRESENCE: "w",
    Action.HELP_FLAGS: "d",
    Action.CANCEL: "x",
    Action.ATTACH: "m",
    Action.REGISTER: "i",
    Action.UNDO: "z",
    Action.OPEN: "O",
    Action.PAUSE: "P",
    Action.DRAIN: "D",
    Action.CLOSE: "C",
    Action.SIGN: "S",
    Action.REPRINT: "y",
    Action.VOID: "u",
    Action.PAPERS: "G",
    Action.EMERGENCY: "E",
    Action.ANNOUNCE: "A",
    Action.UNANNOUNCE: "N",
    Action.STOP_INTAKE: "I",
    Action.REOPEN_INTAKE: "R",
    Action.CLOCK: "K",
    Action.ALERT: "v",
    Action.SEEN: "f9",
    Action.DEVICES: "V",
    Action.FIND: "/",
    Action.JOURNAL: "j",
    Action.EXPLAIN: "q",
    Action.MOVES: "M",
    Action.DISMISS: "X",
    Action.SLIP: "Y",
    Action.DIFFERENCE: "H",
    Action.OVERVIEW: "T",
    Action.APPOINTMENTS: "L",
    Action.PATIENT: ".",
    Action.IDENTIFY: "F",
    Action.UNKNOWN: "U",
    Action.CONFIRM_LANE: "+",
    Action.WITHDRAW_LANE: "-",
    Action.FORGET: "Q",
    Action.CHECK_INSURANCE: "B",
    Action.INSURANCE_PAPERS: "W",
    Action.BOOK: "J",
    Action.CHOOSE: "f3",
    Action.LANGUAGE: "f2",
    Action.HELP: "f1",
    Action.QUIT: "ctrl+q",
}
"""One key each. Capital letters are for the place itself and the whole house.

Enter is the space bar, `?` is F1."""

KEY_NAMES = {
    "space": Label(vi="CÁCH", en="SPACE"),
    "f1": Label(vi="F1", en="F1"),
    "f2": Label(vi="F2", en="F2"),
    "f3": Label(vi="F3", en="F3"),
    "f9": Label(vi="F9", en="F9"),
    "ctrl+q": Label(vi="^Q", en="^Q"),
}

ACTIONS = {
    Action.CALL_NEXT: Label(vi="Gọi tiếp", en="Call next"),
    Action.RECALL: Label(vi="Gọi lại", en="Call again"),
    Action.START: Label(vi="Bắt đầu", en="Start"),
    Action.FINISH: Label(vi="Xong", en="Finish"),
    Action.FINISH_AS: Label(vi="Xong vì…", en="Finish as…"),
    Action.ABSENT: Label(vi="Vắng", en="Absent"),
    Action.HOLD: Label(vi="Tạm giữ", en="Hold"),
    Action.BACK: Label(vi="Trở lại hàng", en="Back in line"),
    Action.PREPARE: Label(vi="Mời chuẩn bị", en="Get ready"),
    Action.CALL_THIS: Label(vi="Gọi người này", en="Call this one"),
    Action.TRANSFER: Label(vi="Chuyển phòng", en="Transfer"),
    Action.REFER: Label(vi="Chuyển khoa", en="Refer"),
    Action.ORDER: Label(vi="Chỉ định", en="Orders"),
    Action.RESULT: Label(vi="Có kết quả", en="Result ready"),
    Action.GATE: Label(vi="Mở điều kiện", en="Open gate"),
    Action.LANE: Label(vi="Đổi diện", en="Lane"),
    Action.PRESENCE: Label(vi="Có mặt?", en="Where"),
    Action.HELP_FLAGS: Label(vi="Hỗ trợ", en="Help flags"),
    Action.CANCEL: Label(vi="Hủy", en="Cancel"),
    Action.ATTACH: Label(vi="Gắn phòng", en="Attach room"),
    Action.REGISTER: Label(vi="Cấp số", en="New number"),
    Action.UNDO: Label(vi="Hoàn tác", en="Undo"),
    Action.OPEN: Label(vi="Mở phòng", en="Open"),
    Action.PAUSE: Label(vi="Tạm ngừng", en="Pause"),
    Action.DRAIN: Label(vi="Thôi nhận", en="No new"),
    Action.CLOSE: Label(vi="Đóng", en="Close"),
    Action.SIGN: Label(vi="Ca làm", en="Sign on/off"),
    Action.REPRINT: Label(vi="In lại phiếu", en="New ticket"),
    Action.VOID: Label(vi="Bỏ phiếu", en="Void paper"),
    Action.PAPERS: Label(vi="Phiếu chưa rõ", en="Loose tickets"),
    Action.EMERGENCY: Label(vi="KHẨN CẤP", en="EMERGENCY"),
    Action.ANNOUNCE: Label(vi="Thông báo", en="Announce"),
    Action.UNANNOUNCE: Label(vi="Thôi thông báo", en="End notice"),
    Action.STOP_INTAKE: Label(vi="Ngừng nhận", en="Stop intake"),
    Action.REOPEN_INTAKE: Label(vi="Nhận lại", en="Reopen intake"),
    Action.CLOCK: Label(vi="Giờ đã đúng", en="Clock is right"),
    Action.ALERT: Label(vi="Nhận báo động", en="See to alert"),
    Action.SEEN: Label(vi="ĐÃ THẤY, TÔI ĐẾN", en="SEEN, I AM GOING"),
    Action.DEVICES: Label(vi="Thiết bị", en="Devices"),
    Action.FIND: Label(vi="Tìm", en="Find"),
    Action.JOURNAL: Label(vi="Nhật ký", en="Journal"),
    Action.EXPLAIN: Label(vi="Vì sao?", en="Why?"),
    Action.MOVES: Label(vi="Đề xuất chuyển", en="Propose moves"),
    Action.DISMISS: Label(vi="Bỏ đề xuất", en="Dismiss it"),
    Action.SLIP: Label(vi="In phiếu tại bàn", en="Print slip here"),
    Action.DIFFERENCE: Label(vi="HIS nói khác", en="HIS differs"),
    Action.OVERVIEW: Label(vi="Toàn viện", en="Whole house"),
    Action.APPOINTMENTS: Label(vi="Lịch hẹn", en="Appointments"),
    Action.PATIENT: Label(vi="Người bệnh", en="Patient"),
    Action.IDENTIFY: Label(vi="Là ai?", en="Who is it?"),
    Action.UNKNOWN: Label(vi="Cấp số, chưa rõ là ai", en="Number for an unknown person"),
    Action.CONFIRM_LANE: Label(vi="Đúng diện ưu tiên", en="Priority shown"),
    Action.WITHDRAW_LANE: Label(vi="Không đúng diện", en="Not shown"),
    Action.FORGET: Label(vi="Xóa hồ sơ", en="Erase person"),
    Action.CHECK_INSURANCE: Label(vi="Tra cứu thẻ BHYT", en="Look insurance up"),
    Action.INSURANCE_PAPERS: Label(vi="Giấy tờ BHYT", en="Insurance papers"),
    Action.BOOK: Label(vi="Hẹn ngày khác", en="Another day"),
    Action.CHOOSE: Label(vi="Đổi phòng", en="Other clinic"),
    Action.LANGUAGE: Label(vi="English", en="Tiếng Việt"),
    Action.HELP: Label(vi="Trợ giúp", en="Help"),
    Action.QUIT: Label(vi="Thoát", en="Quit"),
}

EXPLAINED = {
    Action.CALL_NEXT: Label(
        vi="Cho người đang gọi xong và gọi người tiếp theo. Không có ai thì nói vì sao.",
        en="Finish the one in hand and call the next. With nobody to call it says why.",
    ),
    Action.RECALL: Label(vi="Gọi lại người đang gọi.", en="Call the one in hand once more."),
    Action.START: Label(vi="Người bệnh đã vào (không bắt buộc).", en="The patient is in (optional)."),
    Action.FINISH: Label(vi="Xong, không gọi ai.", en="Finished, without calling anybody."),
    Action.FINISH_AS: Label(vi="Xong và ghi lý do theo mã.", en="Finished, with a coded reason."),
    Action.ABSENT: Label(
        vi="Không ai vào sau hai lần gọi cách nhau 30 giây. Người bệnh quét lại phiếu để vào hàng.",
        en="Nobody came after two calls 30 s apart. The patient scans the ticket to rejoin.",
    ),
    Action.HOLD: Label(vi="Để riêng một lúc, giữ chỗ.", en="Set aside for a while; the place is kept."),
    Action.BACK: Label(
        vi="Người tạm giữ hoặc lỡ lượt đã quay lại.", en="One on hold, or who missed the call, is back."
    ),
    Action.PREPARE: Label(vi="Mời đứng sẵn ở cửa.", en="Ask to stand ready at the door."),
    Action.CALL_THIS: Label(
        vi="Gọi người đang chọn, ngoài thứ tự, có lý do.",
        en="Call the selected one out of order, with a reason.",
    ),
    Action.TRANSFER: Label(
        vi="Sang phòng khác cùng dịch vụ, giữ thứ tự.",
        en="To another clinic of the service; the order is kept.",
    ),
    Action.REFER: Label(
        vi="Kết thúc ở đây, chuyển sang dịch vụ khác.", en="End here and send on to another service."
    ),
    Action.ORDER: Label(
        vi="Thêm xét nghiệm, chẩn đoán; quay lại đây với kết quả.",
        en="Add tests; the patient comes back here with the results.",
    ),
    Action.RESULT: Label(
        vi="Kết quả đã có; kết quả cuối cùng đưa người bệnh quay lại.",
        en="The result is there; the last one sends the patient back.",
    ),
    Action.GATE: Label(
        vi="Điều kiện đã đủ: đã đóng tiền, đã kiểm tra…", en="A condition is met: paid, verified…"
    ),
    Action.LANE: Label(vi="Đổi diện ưu tiên, có lý do.", en="Change the lane, with a reason."),
    Action.PRESENCE: Label(
        vi="Có mặt, ra ngoài đến mấy giờ, hay không rõ.", en="Here, away until when, or unknown."
    ),
    Action.HELP_FLAGS: Label(
        vi="Nghe kém, xe lăn…; chỉ nhân viên thấy.", en="Hard of hearing, wheelchair…; staff only."
    ),
    Action.CANCEL: Label(
        vi="Hủy chặng này hoặc cả lượt khám, có lý do.",
        en="Cancel this stop or the whole visit, with a reason.",
    ),
    Action.ATTACH: Label(
        vi="Gắn phòng và số của HIS: gõ «12 27».", en="Attach the room and the HIS's number: type “12 27”."
    ),
    Action.REGISTER: Label(vi="Cấp số không cần thẻ.", en="Give a number without a card."),
    Action.UNDO: Label(vi="Hoàn tác việc vừa làm ở phòng này.", en="Take back the last act of this clinic."),
    Action.OPEN: Label(vi="Bắt đầu hoặc tiếp tục gọi số.", en="Begin or go on calling."),
    Action.PAUSE: Label(
        vi="Tạm ngừng, không ai mất chỗ; khu chờ thấy lý do.", en="Pause; nobody moves; the hall sees why."
    ),
    Action.DRAIN: Label(
        vi="Khám hết người đang chờ, không nhận thêm.", en="See those who wait, take no new ones."
    ),
    Action.CLOSE: Label(vi="Hết buổi.", en="The session is over."),
    Action.SIGN: Label(
        vi="Bác sĩ, điều dưỡng bắt đầu hoặc kết thúc ca.", en="A practitioner signs on or off."
    ),
    Action.REPRINT: Label(
        vi="Người bệnh mất phiếu: số vẫn giữ, in lại ở kiosk.",
        en="The ticket is lost: the number stays, a kiosk prints it again.",
    ),
    Action.VOID: Label(
        vi="Bỏ một tờ phiếu in hỏng hoặc thừa; lượt khám vẫn giữ số.",
        en="A paper is spoilt or one too many; the visit keeps its number.",
    ),
    Action.PAPERS: Label(
        vi="Phiếu không ra, hoặc có thể ra muộn khi thay giấy: đã đưa hay đã hủy.",
        en="Tickets that never came out, or may come out after a refill: given or destroyed.",
    ),
    Action.EMERGENCY: Label(
        vi="Báo khẩn cấp tại đây đến mọi màn hình nhân viên.",
        en="Tell every staff screen of an emergency here.",
    ),
    Action.ANNOUNCE: Label(
        vi="Hiện một câu có sẵn trên bảng khu chờ.", en="Show a ready-made sentence on the hall screens."
    ),
    Action.UNANNOUNCE: Label(vi="Gỡ câu thông báo khỏi bảng.", en="Take an announcement off the screens."),
    Action.STOP_INTAKE: Label(
        vi="Kiosk và quầy thôi cấp số mới, có lý do.",
        en="Kiosks and desks give no new numbers, with a reason.",
    ),
    Action.REOPEN_INTAKE: Label(vi="Cấp số trở lại.", en="Give new numbers again."),
    Action.CLOCK: Label(
        vi="Đồng hồ máy chủ nhảy, nay đã đúng lại.", en="The server's clock jumped and is right again."
    ),
    Action.ALERT: Label(vi="Nhận là đang xử lý một báo động.", en="Say that you are seeing to an alert."),
    Action.SEEN: Label(
        vi="Có người bấm khẩn cấp: nhận là bạn đang đến. Dùng được cả khi một cửa sổ đang mở.",
        en="Somebody pressed for help: say that you are going. Works in every window.",
    ),
    Action.DEVICES: Label(
        vi="Mọi kiosk, bảng, máy in: còn nối không, giấy, lỗi, đang đóng.",
        en="Every kiosk, board and printer: link, paper, faults, closed.",
    ),
    Action.FIND: Label(
        vi="Tìm theo số, tên không dấu, số thẻ, điện thoại; hoặc quét phiếu.",
        en="Find by number, name, card, phone; or scan the ticket.",
    ),
    Action.JOURNAL: Label(vi="Mọi việc đã xảy ra với lượt khám này.", en="All that happened to this visit."),
    Action.EXPLAIN: Label(
        vi="Vì sao người này ở chỗ này: ai ở trước, theo quy tắc nào, đã báo mấy giờ.",
        en="Why this one stands here: who is before, by which rule, and the time they were told.",
    ),
    Action.MOVES: Label(
        vi="Hỏi ai chờ ở đây sẽ được khám sớm hơn ở phòng khác; rồi chuyển cả, một phần, hoặc không ai.",
        en="Ask who of this line would be seen sooner elsewhere; then move all, some or none.",
    ),
    Action.DISMISS: Label(vi="Bỏ đề xuất, không ai chuyển.", en="Leave everybody where they are."),
    Action.SLIP: Label(
        vi="In phiếu có phòng và số mới trên máy in của bàn này.",
        en="Print a slip with the new room and number on this desk's printer.",
    ),
    Action.DIFFERENCE: Label(
        vi="Những chỗ hàng chờ và HIS nói khác nhau; ghi là đã xử lý.",
        en="Where the queue and the HIS differ; mark one as seen to.",
    ),
    Action.OVERVIEW: Label(
        vi="Mọi phòng trên một trang: chờ, dự kiến, hết buổi, gọi ngoài thứ tự, độ đúng giờ báo.",
        en="Every room on one page: waiting, expected, session end, out of order, how times held.",
    ),
    Action.APPOINTMENTS: Label(
        vi="Lịch hẹn hôm nay: ai đã đến, ai chưa.", en="Today's appointments: who has come, who has not."
    ),
    Action.PATIENT: Label(
        vi="Mọi điều biết về người bệnh: giấy tờ cần xem, người đưa đến, thẻ BHYT.",
        en="All that is known of the patient: papers to look at, who brought them, insurance.",
    ),
    Action.IDENTIFY: Label(
        vi="Cho biết lượt khám này là của ai: quét thẻ, hoặc gõ số, họ tên, năm sinh.",
        en="Say whose visit it is: scan the card, or type number, name and birth year.",
    ),
    Action.UNKNOWN: Label(
        vi="Cấp số cho người chưa ai biết là ai; máy đặt mã tạm, xác định sau bằng F.",
        en="A number for somebody nobody can identify; they get a code, F says later who it is.",
    ),
    Action.CONFIRM_LANE: Label(
        vi="Đã xem giấy tờ: đúng diện ưu tiên.", en="The papers were shown: priority holds."
    ),
    Action.WITHDRAW_LANE: Label(
        vi="Không có giấy tờ: chờ như mọi người.", en="There are no papers: waits as everybody."
    ),
    Action.FORGET: Label(
        vi="Xóa mọi thông tin về người này theo yêu cầu của họ; không lấy lại được.",
        en="Erase all that is kept of this person, at their request; it cannot be taken back.",
    ),
    Action.CHECK_INSURANCE: Label(
        vi="Hỏi lại cổng BHYT về thẻ của người này ngay bây giờ.",
        en="Ask the insurance portal about this person's card anew, now.",
    ),
    Action.INSURANCE_PAPERS: Label(
        vi="Ghi giấy chuyển, giấy hẹn tái khám và thẻ BHYT (quét hoặc gõ số); mã đối tượng gợi ý theo đó.",
        en="Note transfer slip, re-visit appointment and insurance card; the suggested code follows.",
    ),
    Action.BOOK: Label(
        vi="Hẹn khám ngày khác hoặc giờ khác: người nào, khám gì, lúc nào. Đến quét thẻ ở kiosk.",
        en="Book another day or hour: who, which exam, when. They scan their card at a kiosk then.",
    ),
    Action.CHOOSE: Label(vi="Chọn phòng, quầy khác.", en="Choose another clinic."),
    Action.LANGUAGE: Label(vi="Switch to English.", en="Chuyển sang tiếng Việt."),
    Action.HELP: Label(vi="Trang này.", en="This page."),
    Action.QUIT: Label(
        vi="Thoát màn hình; phòng vẫn giữ nguyên.", en="Leave the screen; the clinic stays as it is."
    ),
}

PATIENT_OF = Label(vi="Người bệnh của số {sign}", en="The patient of {sign}")
LOOK_AT_PAPERS = Label(vi="giấy tờ", en="papers")
GUARDIAN = Label(vi="người giám hộ: {who}", en="guardian: {who}")
SUGGESTED = Label(vi="mã đối tượng gợi ý {code}", en="suggested code {code}")
NOT_SUGGESTED = Label(
    vi="Chưa đủ thông tin để gợi ý mã đối tượng: quầy quyết định.",
    en="Too little is known to suggest a MA_DOITUONG_KCB: the desk decides.",
)
INSURANCE_CARD = Label(vi="thẻ BHYT {number}", en="insurance card {number}")
LOOKED_UP = Label(vi="{status} lúc {time}: {advice}", en="{status} at {time}: {advice}")
NOT_LOOKED_UP = Label(vi="{status}: {advice}", en="{status}: {advice}")
PORTAL = Label(vi="Cổng BHYT: {state} (từ {time})", en="Insurance portal: {state} (since {time})")
VALID = Label(vi="hạn {first} – {last}", en="valid {first} – {last}")
REGISTERED_AT = Label(vi="nơi ĐKBĐ {code}", en="registered at {code}")
TRANSFER = Label(vi="có giấy chuyển", en="has a transfer slip")
NO_TRANSFER = Label(vi="không có giấy chuyển", en="no transfer slip")
REVISIT = Label(vi="có hẹn tái khám", en="has a re-visit appointment")
NO_REVISIT = Label(vi="không hẹn tái khám", en="no re-visit appointment")
WHO_IS_IT = Label(
    vi="{sign} là ai? Quét thẻ, hoặc gõ «số giấy tờ  họ tên  năm sinh» (bỏ trống phần chưa biết)",
    en="Who is {sign}? Scan the card, or type “number  name  birth year” (leave out what is not known)",
)
NOT_UNDERSTOOD = Label(
    vi="Không đọc được. Gõ như «001300000000 Nguyễn Văn Ví Dụ 1950» hoặc «Nguyễn Văn Ví Dụ 03/03/1950».",
    en="Not understood. Type as in “001300000000 Nguyễn Văn Ví Dụ 1950” or “Nguyễn Văn Ví Dụ 03/03/1950”.",
)
WHICH_COUNTRY = Label(
    vi="Số hộ chiếu: gõ thêm ba chữ của nước cấp ở trước, như «VNM C1234567 Nguyễn Văn Ví Dụ 1950».",
    en="A passport: type the three letters of its country first, as in “VNM C1234567 Nguyễn Văn Ví Dụ 1950”.",
)
WHICH_SLIPS = Label(
    vi="{sign} có giấy tờ nào? Không có thì bấm Enter.",
    en="Which papers does {sign} have? None: press Enter.",
)
TRANSFER_SLIP = Label(vi="Giấy chuyển cơ sở khám chữa bệnh", en="Transfer slip")
REVISIT_SLIP = Label(vi="Giấy hẹn khám lại", en="Appointment to be seen again")
WHICH_INSURANCE = Label(
    vi="Thẻ BHYT của {sign}: quét mã hoặc gõ số; đã có rồi thì để trống và bấm Enter",
    en="Insurance card of {sign}: scan it or type its number; known already: leave empty, press Enter",
)
NO_INSURANCE = Label(
    vi="Không phải thẻ BHYT. Quét lại, gõ 15 ký tự hoặc 10 số, hoặc để trống.",
    en="Not an insurance card. Scan again, type 15 characters or 10 digits, or leave it empty.",
)
BOOK_WHOM = Label(
    vi="Hẹn cho ai? Quét thẻ, hoặc gõ «số giấy tờ  họ tên  năm sinh»",
    en="Who will come? Scan the card, or type “number  name  birth year”",
)
BOOK_WHAT = Label(vi="Khám gì?", en="Which exam?")
BOOK_WHEN = Label(vi="Ngày giờ nào? Gõ như «24/11 7:30»", en="When? Type as in “24/11 7:30”")
NO_MOMENT = Label(
    vi="Không phải ngày giờ sắp tới. Gõ như «24/11 7:30» hoặc «04/01/2027 13:00».",
    en="No moment to come. Type as in “24/11 7:30” or “04/01/2027 13:00”.",
)
NUMBER_NEEDED = Label(
    vi="Cần số giấy tờ để khi đến quét thẻ là thấy lịch hẹn. Quét thẻ, hoặc gõ số trước họ tên.",
    en="A number is needed, so that the card finds the appointment. Scan the card, or type its number first.",
)
BOOKED = Label(vi="{service}, {day} lúc {time}", en="{service}, {day} at {time}")
SURE_FORGET = Label(
    vi="Xóa mọi thông tin về {who}? Không lấy lại được.",
    en="Erase all that is kept of {who}? It cannot be taken back.",
)
FOUND_PERSON = Label(
    vi="Đã có hồ sơ: {who} (ngày {day}). Hôm nay chưa lấy số: bấm i để cấp số.",
    en="Known: {who} (for {day}). No number today: press i to give one.",
)
SEE_PROPOSAL = Label(vi="Xem đề xuất chuyển", en="See proposed moves")
SENDING = Label(vi="đang gửi… {what}", en="sending… {what}")
KEPT = Label(
    vi="Mất kết nối: giữ yêu cầu «{what}» và tự gửi lại khi nối được.",
    en="No link: “{what}” is kept and sent again by itself.",
)
SLOW_ANSWER = Label(vi="chờ máy chủ trả lời… {what}", en="waiting for the server… {what}")
DONE = Label(vi="✓ {what}", en="✓ {what}")
CALLED = Label(vi="✓ Đã gọi {sign}", en="✓ Called {sign}")
FINISHED = Label(vi="✓ Xong {sign}", en="✓ Finished {sign}")
ONWARD = Label(vi="{told} → {place}", en="{told} → {place}")
ONE_ONWARD = Label(vi="{told} · {sign} → {place}", en="{told} · {sign} → {place}")
READY = Label(vi="✓ Mời {sign} chuẩn bị", en="✓ {sign} asked to get ready")
EMPTY = Label(vi="Không còn ai để gọi", en="Nobody to call")
TICKET = Label(vi="Số mới: {number} – {place}", en="New number: {number} – {place}")
SLIP_PRINTS = Label(vi="✓ Phiếu {number} đang in tại đây", en="✓ The slip of {number} prints here")
ATTACHED = Label(vi="✓ Đã gắn, số gọi {sign}", en="✓ Attached, call sign {sign}")
ONLINE = Label(vi="● trực tuyến", en="● online")
OFFLINE_VISITS = Label(vi="{n} phiếu in lúc mất mạng", en="{n} printed without the server")
OFFLINE = Label(vi="○ MẤT KẾT NỐI {age}", en="○ NO LINK {age}")
DEGRADED = Label(vi="◐ máy chủ đang khôi phục", en="◐ server is recovering")
WAITING = Label(vi="chờ {n}", en="{n} waiting")
SERVED = Label(vi="xong {n} lượt", en="{n} turns done")
FINISHABLE = Label(vi="kịp {n} người đến {time}", en="time for {n} until {time}")
CALL_AGAIN_FIRST = Label(
    vi="Gọi lại (r) một lần nữa rồi mới báo vắng (a)", en="Call again (r) first, then mark absent (a)"
)
CALL_AGAIN_IN = Label(
    vi="Gọi lại (r) sau {n} giây nữa rồi mới báo vắng (a)",
    en="Call again (r) in {n} s, then mark absent (a)",
)
NOBODY_IN_HAND = Label(vi="Chưa gọi ai", en="Nobody called")
PRESS_SPACE = Label(vi="Bấm phím cách để gọi người đầu tiên", en="Press the space bar to call the first")
NAME_UNKNOWN = Label(vi="(không tên)", en="(no name)")
NOT_LOADED = Label(vi="Đang lấy dữ liệu…", en="Fetching…")
EMPTY_LIST = Label(vi="Không có ai trong danh sách", en="Nobody on the list")
TIMES_CALLED = Label(vi="gọi {n} lần", en="called {n}×")
BUSY_AT = Label(vi="đang ở {place}", en="is at {place}")
HELD_UNTIL = Label(vi="giữ đến {time}", en="hold until {time}")
HELD_READY = Label(vi="giữ đến khi sẵn sàng", en="hold until ready")
UNBOUND = Label(vi="chưa xếp phòng", en="no room yet")
MORE = Label(vi="… còn {n} người nữa", en="… {n} more")
CHOSEN = Label(vi="Đang chọn lượt khám {number}", en="Visit {number} is selected")
RETURNING = Label(vi="quay lại với kết quả", en="back with results")
VISIT_ENDED = Label(vi="lượt khám đã kết thúc: {end}", en="this visit has ended: {end}")
SECTIONS = {
    "visit": Label(vi="LƯỢT KHÁM NÀY, Ở NƠI KHÁC", en="THIS VISIT, ELSEWHERE"),
    "wait": Label(vi="ĐANG CHỜ", en="WAITING"),
    "aside": Label(vi="TẠM GIỮ · LỠ LƯỢT", en="ON HOLD · MISSED"),
    "later": Label(vi="CHƯA GỌI ĐƯỢC", en="NOT YET"),
    "hand": Label(vi="ĐANG PHỤC VỤ", en="IN HAND"),
    "results": Label(vi="CHỜ KẾT QUẢ", en="AWAITING RESULTS"),
}
CHOOSE_CLINIC = Label(vi="Chọn phòng hoặc quầy", en="Choose a clinic or desk")
CHOOSE_PERSON = Label(vi="Ai làm việc ở {clinic}?", en="Who works at {clinic}?")
NOBODY_SIGNED = Label(vi="Không ghi tên (quầy)", en="Nobody by name (desk)")
SIGN_ON = Label(vi="Bắt đầu ca: {name}", en="Sign on: {name}")
SIGN_OFF = Label(vi="Kết thúc ca: {name}", en="Sign off: {name}")
AT_CLINIC = Label(vi="{name} (đang ở {clinic})", en="{name} (at {clinic})")
WHICH_REASON = Label(vi="{what} {sign}: lý do?", en="{what} {sign}: why?")
WHICH_LANE = Label(vi="Diện của {sign}", en="Lane of {sign}")
WHICH_CLINIC = Label(vi="Chuyển {sign} đến", en="Move {sign} to")
WHICH_SERVICE = Label(vi="Chuyển {sign} sang dịch vụ", en="Send {sign} on to")
WHICH_ORDERS = Label(
    vi="Chỉ định cho {sign} (phím cách để chọn, Enter để gửi)",
    en="Orders for {sign} (space marks, Enter sends)",
)
WHICH_GATE = Label(vi="{sign}: điều kiện nào đã đủ?", en="{sign}: which condition is met?")
WHICH_ALERT = Label(vi="Báo động nào bạn đang xử lý?", en="Which alert are you seeing to?")
WHICH_ROUTE = Label(vi="Cấp số cho", en="A number for")
WHICH_HELP = Label(
    vi="{sign} cần hỗ trợ gì? (phím cách để chọn, Enter để gửi)",
    en="What help does {sign} need? (space marks, Enter sends)",
)
COME_BACK = Label(vi="Xong thì", en="Afterwards")
BACK_HERE = Label(vi="Quay lại đây với kết quả", en="Back here with the results")
NOT_BACK = Label(vi="Không cần quay lại", en="No need to come back")
HOLD_HOW_LONG = Label(vi="Tạm giữ {sign} đến", en="Hold {sign} until")
UNTIL_READY = Label(vi="Khi sẵn sàng (bấm b)", en="Ready (press b)")
IN_MINUTES = Label(vi="{time} (sau {n} phút)", en="{time} (in {n} min)")
NO_TIME = Label(vi="Chưa biết", en="Not known")
NEWS_WHEN = Label(vi="Khi nào báo tin tiếp?", en="When will the hall hear more?")
WHERE_IS = Label(vi="{sign} đang ở đâu?", en="Where is {sign}?")
IS_HERE = Label(vi="Có mặt ở đây", en="Here")
AWAY_UNTIL = Label(vi="Ra ngoài đến {time}", en="Away until {time}")
NOT_KNOWN = Label(vi="Không rõ", en="Not known")
CANCEL_WHAT = Label(vi="Hủy gì của {sign}?", en="Cancel what of {sign}?")
CANCEL_STEP = Label(vi="Chỉ chặng này", en="This stop only")
CANCEL_VISIT = Label(vi="Cả lượt khám", en="The whole visit")
ROOM_AND_NUMBER = Label(
    vi="{sign}: phòng và số HIS, ví dụ 12 27", en="{sign}: room and HIS number, such as 12 27"
)
NO_SUCH_ROOM = Label(
    vi="Không có phòng «{room}». Xem lại rồi gõ lại.", en="There is no room “{room}”. Check and type again."
)
SIGN_TOO_LONG = Label(vi="Số dài quá 12 ký tự. Gõ lại.", en="A number has at most 12 characters. Type again.")
WHICH_PAPER = Label(vi="Bỏ tờ phiếu nào của {sign}?", en="Which paper of {sign}?")
WHICH_LOOSE = Label(vi="Tờ phiếu nào?", en="Which ticket?")
PAPER_OUTCOME = Label(vi="Tờ phiếu này đã ra sao?", en="What became of it?")
PAPER_GIVEN = Label(vi="Người bệnh đang giữ", en="The patient has it")
PAPER_MAY_COME = Label(vi="có thể còn ra, hủy nếu thấy", en="may still come out: destroy it")
PAPER_NEVER_CAME = Label(vi="không in được, người bệnh chưa có phiếu", en="not printed: the patient has none")
PAPER_STATES = {
    PrintState.ISSUED: Label(vi="in phiếu", en="ticket issued"),
    PrintState.SENT: Label(vi="phiếu đã gửi tới máy in", en="ticket sent to the printer"),
    PrintState.ACKNOWLEDGED: Label(vi="phiếu đã ra", en="ticket printed"),
    PrintState.STALLED: Label(vi="phiếu không in được", en="ticket not printed"),
    PrintState.UNKNOWN: Label(vi="chưa rõ phiếu đã ra", en="nobody knows whether the ticket came out"),
    PrintState.VOIDED: Label(vi="phiếu đã hủy", en="ticket voided"),
}
PAPER_REASONS = {
    "paper": Label(vi="hết giấy", en="out of paper"),
    "cover": Label(vi="nắp mở", en="cover open"),
    "offline": Label(vi="tạm dừng", en="paused"),
    "error": Label(vi="kẹt", en="jammed"),
    "unreachable": Label(vi="mất liên lạc", en="out of reach"),
    "busy": Label(vi="máy in không nhận", en="the printer took no more"),
    "lost": Label(vi="đứt khi đang in", en="lost while it printed"),
    "silent": Label(vi="máy in không trả lời", en="the printer never answered"),
    "garbled": Label(vi="máy in trả lời sai", en="the printer answered nonsense"),
    "left": Label(vi="người bệnh đã đi", en="the patient had left"),
    "unasked": Label(vi="máy in không hỏi được", en="the printer cannot be asked"),
    "spare": Label(vi="máy in dự phòng", en="the spare printer"),
    "destroyed": Label(vi="ra muộn, đã hủy", en="came out late and was destroyed"),
    "restarted": Label(vi="máy khởi động lại", en="the device began anew"),
}
ALERT_PAPERS = Label(vi="{n} phiếu chưa rõ (G)", en="{n} loose tickets (G)")
WHICH_WORDS = Label(vi="Thông báo gì cho khu chờ?", en="What shall the hall be told?")
WHICH_HALL = Label(vi="Ở khu chờ nào?", en="In which hall?")
ALL_HALLS = Label(vi="Mọi khu chờ", en="All halls")
UNTIL_WHEN = Label(vi="Hiện đến khi nào?", en="Shown until when?")
UNTIL_ENDED = Label(vi="Đến khi gỡ (bấm N)", en="Until taken off (press N)")
WHICH_ANNOUNCEMENT = Label(vi="Gỡ thông báo nào?", en="Which announcement ends?")
STOP_WHAT = Label(vi="Ngừng cấp số mới cho", en="Give no new numbers for")
REOPEN_WHAT = Label(vi="Cấp số trở lại cho", en="Give numbers again for")
WHOLE_HOUSE = Label(vi="Toàn bệnh viện", en="The whole hospital")
SURE_CLOCK = Label(
    vi="Máy chủ đang là {time}. Đúng giờ thật rồi?", en="The server says {time}. Is that the right time?"
)
SURE_EMERGENCY = Label(
    vi="Báo KHẨN CẤP tại {clinic} đến mọi màn hình nhân viên?",
    en="Tell every staff screen of an EMERGENCY at {clinic}?",
)
WHY_TITLE = Label(vi="Vì sao {sign} ở chỗ này?", en="Why does {sign} stand here?")
WHY_FIRST = Label(
    vi="Không ai ở trước: {sign} là người gọi tiếp theo.", en="Nobody is before: {sign} is next."
)
WHY_BEFORE = Label(vi="Trước {sign}: {who}.", en="Before {sign}: {who}.")
WHY_NOT = Label(vi="{sign} chưa gọi được lúc này.", en="{sign} cannot be called now.")
WHY_SINCE = Label(vi="Chờ từ {time}, đã {n} phút.", en="Waits since {time}, {n} minutes.")
WHY_APPOINTMENT = Label(vi="Có hẹn lúc {time}.", en="Has an appointment at {time}.")
WHY_TOLD = Label(
    vi="Đã báo người bệnh: không sớm hơn {early}, thường trước {late}.",
    en="Told the patient: not before {early}, usually by {late}.",
)
WHY_RULE = Label(vi="Quy tắc đang dùng: {rule}.", en="The rule in force: {rule}.")
RULES = {
    "priority_first": Label(
        vi="ưu tiên trước, không quá số lượt liên tiếp đã định", en="priority first, only so many in a row"
    ),
    "ratio": Label(vi="xen kẽ ưu tiên và thường", en="priority and ordinary in turn"),
    "head_start": Label(vi="ưu tiên được tính đến sớm hơn", en="priority counts as earlier"),
    "first_come": Label(vi="ai đến trước gọi trước", en="first come"),
    "accumulating": Label(vi="điểm tăng theo thời gian chờ", en="points grow with the wait"),
}
NEEDS_NOW = Label(vi="cần {needs}", en="needs {needs}")
APPOINTED = Label(vi="hẹn {time}", en="appointed {time}")
GO_FIRST = Label(vi="nên đi thứ {n}", en="best as no. {n}")
CAUSES = {
    "close": Label(vi="{clinic} đóng", en="{clinic} closes"),
    "drain": Label(vi="{clinic} không nhận thêm", en="{clinic} takes no new patients"),
    "late": Label(vi="{clinic} đến giờ mà chưa gọi ai", en="{clinic} has not begun"),
    "session_end": Label(vi="{clinic} hết buổi", en="the session of {clinic} ends"),
    "asked": Label(vi="{clinic}", en="{clinic}"),
}
WHICH_MOVES = Label(
    vi="{cause}: chuyển những ai? (phím cách để chọn, Enter để chuyển)",
    en="{cause}: who moves? (space marks, Enter moves them)",
)
ONE_MOVE = Label(vi="{sign} → {clinic} (sớm hơn {n} phút)", en="{sign} → {clinic} ({n} min sooner)")
ONE_MOVE_ANYHOW = Label(vi="{sign} → {clinic}", en="{sign} → {clinic}")
STAY_TITLE = Label(vi="Ở lại: {who}", en="Stay: {who}")
SURE_DISMISS = Label(vi="Bỏ đề xuất? Không ai chuyển.", en="Dismiss the proposal? Nobody moves.")
PROPOSED = Label(
    vi="Đề xuất chuyển {n} người, {stay} người ở lại: bấm M để xem",
    en="{n} could move, {stay} stay: press M to see",
)
NOTHING_PROPOSED = Label(vi="✓ {what}: không cần chuyển ai", en="✓ {what}: nobody has to move")
MOVED = Label(vi="✓ Đã chuyển {n} người", en="✓ {n} moved")
MOVED_BUT = Label(
    vi="✓ Đã chuyển {n} người; {left} người đã thay đổi, giữ nguyên chỗ",
    en="✓ {n} moved; {left} had changed meanwhile and stay",
)
ALERT_PROPOSAL = Label(vi="Đề xuất chuyển {n} người – {clinic}", en="{n} could move – {clinic}")
ALERT_DIFFERENCES = Label(vi="HIS nói khác ở {n} lượt (H)", en="The HIS differs on {n} visits (H)")
WHICH_DIFFERENCE = Label(vi="Chỗ nào bạn đã xử lý?", en="Which one have you seen to?")
DIFFERENCES = {
    "clinic": Label(
        vi="{number}: ở đây {ours}, HIS nói {his}", en="{number}: here {ours}, the HIS says {his}"
    ),
    "call_sign": Label(
        vi="{number}: số gọi ở đây {ours}, HIS nói {his}",
        en="{number}: call sign {ours} here, the HIS says {his}",
    ),
    "state": Label(
        vi="{number}: ở đây «{ours}», HIS nói «{his}»", en="{number}: “{ours}” here, the HIS says “{his}”"
    ),
}
DIFFERENCE = Label(
    vi="{number} ({about}): ở đây «{ours}», HIS nói «{his}»",
    en="{number} ({about}): “{ours}” here, the HIS says “{his}”",
)
QUOTA = Label(vi="{reason} (đã {used}/{quota} trong buổi)", en="{reason} ({used}/{quota} this session)")
OVERVIEW_TITLE = Label(vi="Toàn viện lúc {time}", en="The whole house at {time}")
OVERVIEW_EXPECTED = Label(vi="khoảng {n} phút", en="about {n} min")
OVERVIEW_ENDS = Label(vi="hết buổi {time}", en="session ends {time}")
OVERVIEW_FINISHABLE = Label(vi="kịp {n} người", en="{n} can be seen by then")
OVERVIEW_INSURED = Label(vi="{n} lượt bảo hiểm", en="{n} insured exams")
OVERVIEW_COURTESY = Label(vi="ngoài thứ tự: {what}", en="out of order: {what}")
APPOINTMENTS_TITLE = Label(vi="Lịch hẹn hôm nay ({n})", en="Today's appointments ({n})")
NO_APPOINTMENTS = Label(vi="Hôm nay không có lịch hẹn.", en="No appointments today.")
OVERVIEW_WAITS = Label(vi="ĐANG CHỜ QUẦY", en="WAITING FOR A DESK")
OVERVIEW_ACCURACY = Label(vi="GIỜ ĐÃ BÁO ĐÚNG ĐẾN ĐÂU", en="HOW THE TIMES TOLD HELD")
ONE_ACCURACY = Label(
    vi="{service}: {n} lượt · gọi trước giờ «không sớm hơn» {broken}% · trước giờ «thường trước» {held}%"
    " · lệch trung bình {error} phút",
    en="{service}: {n} turns · called before “not before” {broken}% · by “usually by” {held}%"
    " · off by {error} min on average",
)
REPRINT_TITLE = Label(vi="In lại phiếu {number}", en="Ticket {number} again")
REPRINT_LINES = (
    Label(vi="Màn hình này không có máy in phiếu.", en="This screen has no ticket printer."),
    Label(
        vi="Mời người bệnh đến kiosk bất kỳ, quét lại thẻ đã dùng lấy số hoặc phiếu cũ, rồi chọn in lại.",
        en="Send the patient to any kiosk: scan the card used before or the old ticket, then print it again.",
    ),
    Label(
        vi="Không có thẻ lẫn phiếu: ghi số {number} cho người bệnh. Số vẫn được gọi như thường.",
        en="Neither card nor ticket: write {number} down for them. The number is called as before.",
    ),
)
SURE_CLOSE = Label(vi="Đóng {clinic}?", en="Close {clinic}?")
SURE_QUIT = Label(
    vi="Thoát màn hình? Phòng vẫn giữ nguyên.", en="Leave the screen? The clinic stays as it is."
)
YES_NO = Label(vi="Enter: có · Esc: không", en="Enter: yes · Esc: no")
PICK_HINT = Label(vi="↑↓ và Enter, hoặc bấm số · Esc: thôi", en="↑↓ and Enter, or its digit · Esc: back")
LONG_PICK_HINT = Label(
    vi="Gõ chữ để lọc · ↑↓ và Enter, hoặc bấm số · Esc: thôi",
    en="Type to narrow down · ↑↓ and Enter, or its digit · Esc: back",
)
NARROWED = Label(vi="Lọc: {typed}", en="Showing: {typed}")
MANY_HINT = Label(vi="Phím cách: chọn · Enter: gửi · Esc: thôi", en="Space: mark · Enter: send · Esc: back")
WRITE_HINT = Label(vi="Enter: gửi · Esc: thôi", en="Enter: send · Esc: back")
CLOSE_HINT = Label(vi="↑↓ để xem · Esc: đóng", en="↑↓ to read · Esc: close")
FIND_WHAT = Label(vi="Số, tên không dấu, số thẻ hoặc điện thoại", en="Number, name, card or phone")
FOUND_MANY = Label(vi="Tìm thấy {n}: chọn một", en="{n} found: choose one")
FOUND_NONE = Label(
    vi="Không tìm thấy. Thử số trên phiếu, hoặc quét lại phiếu.",
    en="Nothing found. Try the number on the ticket, or scan it again.",
)
LOOKING = Label(vi="đang tìm…", en="looking…")
NO_ANSWER = Label(
    vi="Máy chủ chưa trả lời. Đợi kết nối trở lại rồi thử lại.",
    en="No answer from the server. Wait for the link, then try again.",
)
BAD_SCAN = Label(
    vi="Không phải phiếu hay thẻ. Quét lại hoặc bấm / để tìm.",
    en="Neither ticket nor card. Scan again or press / to find.",
)
NOT_OFFERED = Label(
    vi="Phím «{key}» không có việc gì lúc này. F1: trợ giúp", en="“{key}” does nothing right now. F1: help"
)
JOURNAL_OF = Label(vi="Nhật ký của {number}", en="Journal of {number}")
HELP_TITLE = Label(vi="Trợ giúp: phím và việc", en="Help: keys and what they do")
HELP_MOVE = Label(vi="Chọn người trong danh sách; Esc bỏ chọn", en="Choose on the list; Esc lets go")
HELP_SCAN = Label(
    vi="Quét phiếu hoặc thẻ bất cứ lúc nào để chọn lượt khám",
    en="Scan a ticket or card at any time to select its visit",
)
DEVICES_TITLE = Label(vi="Thiết bị", en="Devices")
NO_DEVICES = Label(vi="Chưa thiết bị nào nối từ khi máy chủ chạy.", en="No device since the server started.")
DEVICE_ONLINE = Label(vi="đang nối", en="online")
DEVICE_GONE = Label(vi="MẤT KẾT NỐI {age}", en="NO LINK {age}")
DEVICE_ROLES = {
    Role.KIOSK: Label(vi="Kiosk", en="Kiosk"),
    Role.BOARD: Label(vi="Bảng gọi số", en="Board"),
    Role.PRINTER: Label(vi="Máy in", en="Printer"),
    Role.CLINIC: Label(vi="Màn hình phòng", en="Clinic screen"),
    Role.RECEPTION: Label(vi="Màn hình tiếp đón", en="Reception screen"),
    Role.SUPERVISOR: Label(vi="Màn hình điều hành", en="Supervisor's screen"),
    Role.ADMIN: Label(vi="Màn hình quản trị", en="Administrator's screen"),
    Role.INTEGRATION: Label(vi="Liên kết HIS", en="Link to the HIS"),
}
DEVICE_FACTS = {
    "closed": Label(vi="ĐANG ĐÓNG: {value}", en="CLOSED: {value}"),
    "asleep": Label(vi="ngoài giờ phục vụ", en="outside its hours"),
    "emergency": Label(vi="ĐANG BÁO KHẨN CẤP", en="EMERGENCY"),
    "printer": Label(vi="máy in: {value}", en="printer: {value}"),
    "paper_low": Label(vi="sắp hết giấy", en="paper runs low"),
    "paper_left": Label(vi="còn khoảng {value} m giấy", en="about {value} m of paper"),
    "spare": Label(vi="máy in dự phòng: {value}", en="spare printer: {value}"),
    "loose": Label(vi="{value} phiếu có thể ra muộn", en="{value} tickets may still come out"),
    "no_scanner": Label(vi="MẤT MÁY QUÉT", en="SCANNER GONE"),
    "outbox": Label(vi="{value} phiếu chờ gửi", en="{value} tickets to be sent"),
    "outbox_refused": Label(vi="{value} phiếu máy chủ không nhận", en="{value} tickets the server refused"),
    "outbox_damaged": Label(vi="{value} phiếu đọc lại không được", en="{value} tickets that cannot be read"),
    "disk_failed": Label(
        vi="ĐĨA KHÔNG GHI ĐƯỢC: không có số riêng khi mất mạng",
        en="DISK TAKES NOTHING: no numbers without a link",
    ),
    "self_test": Label(vi="tự kiểm tra: {value}", en="self-test: {value}"),
    "page": Label(vi="trang: {value}", en="page: {value}"),
    "version": Label(vi="bản {value}", en="version {value}"),
}
"""What a device says of itself, most urgent first."""
DEVICE_VALUES = {
    "ready": Label(vi="sẵn sàng", en="ready"),
    "paper": Label(vi="HẾT GIẤY", en="OUT OF PAPER"),
    "cover": Label(vi="NẮP MỞ", en="COVER OPEN"),
    "offline": Label(vi="TẠM DỪNG", en="OFF-LINE"),
    "unreachable": Label(vi="KHÔNG LIÊN LẠC ĐƯỢC", en="OUT OF REACH"),
    "error": Label(vi="KẸT HOẶC HỎNG", en="JAMMED OR BROKEN"),
    "busy": Label(vi="KHÔNG NHẬN PHIẾU", en="TAKES NO TICKETS"),
    "lost": Label(vi="ĐỨT LIÊN LẠC", en="CONNECTION LOST"),
    "silent": Label(vi="KHÔNG TRẢ LỜI", en="NO ANSWER"),
    "garbled": Label(vi="TRẢ LỜI SAI", en="ANSWERS NONSENSE"),
    "unasked": Label(vi="không hỏi được, xem tận nơi", en="cannot be asked: look at it"),
    "unknown": Label(vi="chưa rõ", en="unknown"),
    "passed": Label(vi="tốt", en="passed"),
    "running": Label(vi="đang chạy", en="running"),
    "printer": Label(vi="máy in hỏng", en="printer broken"),
    "maintenance": Label(vi="bảo trì", en="maintenance"),
    "elsewhere": Label(vi="mời sang máy khác", en="other kiosks serve"),
    "no_paper": Label(vi="hết giấy", en="out of paper"),
}
EMERGENCY_AT = Label(vi="KHẨN CẤP – {place}", en="EMERGENCY – {place}")
EMERGENCY_PRESSED = Label(
    vi="Bấm lúc {time}, {age} trước. Chưa ai nhận.", en="Pressed at {time}, {age} ago. Nobody has answered."
)
EMERGENCY_LATE = Label(
    vi="Bấm lúc {time}, {age} trước, khi mất mạng; tin vừa đến. Chưa ai nhận.",
    en="Pressed at {time}, {age} ago, without a link; told only now. Nobody has answered.",
)
EMERGENCY_TOLD = Label(vi="Đã báo tiếp cho mọi bàn.", en="Passed on to every desk.")
EMERGENCY_KEY = Label(vi="Bấm F9: đã thấy, tôi đến", en="Press F9: seen, I am going")
EMERGENCY_TAKEN_BACK = Label(
    vi="Báo khẩn cấp ở {place} lúc {time} đã rút lại: bấm nhầm. F9: đã biết",
    en="The emergency at {place} at {time} was taken back: pressed by mistake. F9: noted",
)
ALERTS_OPEN = Label(vi="⚠ {what}", en="⚠ {what}")
STILL_PENDING = Label(vi="Còn yêu cầu chưa có trả lời.", en="A request still has no answer.")

ACTS = {
    "step_added": Label(vi="thêm chặng", en="stop added"),
    "referred": Label(vi="chuyển khoa", en="referred"),
}
"""Acts of a clinic that are named for more than one change."""

EVENTS = {
    "visit_registered": Label(vi="lấy số", en="took a number"),
    "visit_identified": Label(vi="xác định người bệnh", en="patient identified"),
    "insurance_told": Label(vi="ghi giấy tờ BHYT", en="insurance papers noted"),
    "insurance_checked": Label(vi="tra cứu thẻ BHYT", en="insurance looked up"),
    "step_added": Label(vi="thêm chặng", en="stop added"),
    "step_changed": Label(vi="chặng thay đổi", en="stop changed"),
    "visit_changed": Label(vi="lượt khám thay đổi", en="visit changed"),
    "print_issued": Label(vi="in phiếu", en="ticket printed"),
    "print_changed": Label(vi="phiếu thay đổi", en="ticket changed"),
}
"""Journal events whose line carries no change of a step or visit."""


def why_empty(counts: dict[str, int], language: Language) -> str:
    """Why nobody can be called: "3 await results, 2 have not paid". Empty when nobody belongs here."""
    parts = [
        tell(fill(WHY_EMPTY[code], {"n": count}), language)
        for code, count in counts.items()
        if count and code in WHY_EMPTY
    ]
    return ", ".join(parts)


FACTS = {
    "share_law": Label(
        vi="Đến lượt theo phần luật dành cho diện ưu tiên: cứ 4 lượt có ít nhất 1.",
        en="Its turn by the share the law leaves to priority: 1 of any 4 calls.",
    ),
    "share_overdue": Label(vi="Đến lượt vì đã chờ quá lâu.", en="Its turn because the wait became too long."),
    "share_returning": Label(
        vi="Đến lượt theo phần dành cho người trả kết quả.",
        en="Its turn by the share for people with results.",
    ),
    "share_appointment": Label(
        vi="Đến lượt theo phần dành cho người có hẹn.", en="Its turn by the share for appointments."
    ),
    "share_oldest": Label(
        vi="Đến lượt vì đã có nhiều người đến sau được gọi trước.",
        en="Its turn because several who came later were called first.",
    ),
    "results_first": Label(
        vi="Sắp hết buổi: người trả kết quả được gọi trước.", en="The session ends soon: results go first."
    ),
    "fasting_until": Label(
        vi="Nhịn ăn: được tính đến sớm hơn trong buổi sáng.", en="Fasting: counts as earlier in the morning."
    ),
    "prepared": Label(vi="Đã được mời chuẩn bị.", en="Was asked to stand ready."),
    "prepared_before": Label(
        vi="Một người đến sau đã được mời chuẩn bị, gọi trước.",
        en="Somebody who came later stands ready and goes first.",
    ),
    "appointment_early": Label(
        vi="Có hẹn, chưa đến giờ được tính.", en="Has an appointment whose time has not come."
    ),
    "busy_elsewhere": Label(
        vi="Đang ở nơi khác: tạm bỏ qua, giữ chỗ.", en="Is busy elsewhere: passed over, place kept."
    ),
    "away": Label(vi="Đang ra ngoài: tạm bỏ qua, giữ chỗ.", en="Is away: passed over, place kept."),
}
"""What decides a place besides the counts, by code."""
REJOINS = Label(vi="Lỡ lượt, gọi lại sau {n} lượt nữa.", en="Missed a call, called again after {n} more.")


def fact(code: str, language: Language) -> str:
    """One of them in words; the code itself while this screen does not know it."""
    name, _, count = code.rpartition("_")
    if name == "rejoin_after" and count.isdigit():
        return tell(fill(REJOINS, {"n": count}), language)
    label = FACTS.get(code)
    return tell(label, language) if label else code


def absent_too_soon(rejected: Rejected, now: int) -> Label | None:
    """What comes before an absence; None for another refusal. now: ms."""
    recall_from = rejected.facts.get("recall_from")
    if rejected.code is not Refusal.TOO_SOON or not isinstance(recall_from, int):
        return None
    left = -(-(recall_from - now) // 1000)
    return fill(CALL_AGAIN_IN, {"n": left}) if left > 0 else CALL_AGAIN_FIRST


def refusal(
    rejected: Rejected, language: Language, clinics: Mapping[str, Label], moment: Callable[[int], str]
) -> str:
    """A refusal in plain words with what to do next. clinics: names by id. moment: ms to a time of day."""
    facts: dict[str, object] = dict(rejected.facts)
    clinic = facts.get("clinic")
    if isinstance(clinic, str) and clinic in clinics:
        facts["clinic"] = tell(clinics[clinic], language)
    state = facts.get("state")
    if isinstance(state, str):
        label = named(STATES, state) or named(CLINIC_STATES, state)
        facts["state"] = tell(label, language) if label else state
    gates = facts.get("gates")
    if isinstance(gates, tuple | list):
        labels = [(named(GATES, str(gate)), str(gate)) for gate in gates]
        facts["gates"] = ", ".join(tell(label, language) if label else gate for label, gate in labels)
    at = facts.get("recall_from") or facts.get("until")
    if isinstance(at, int):
        facts["time"] = moment(at)
    words = tell(fill(REFUSALS[rejected.code], facts), language)
    counts = facts.get("why_empty")
    if rejected.code is Refusal.NOBODY_WAITING and isinstance(counts, dict) and counts:
        return f"{words.rstrip('.')}: {why_empty(counts, language)}."
    return words
