"""What the attendants' pages say: staff read Vietnamese or English."""

from queue_server.protocol.labels import Label

PIN_TITLE = Label(vi="Mã PIN của nhân viên", en="Attendant's PIN")
PIN_WRONG = Label(vi="Mã PIN chưa đúng.", en="That is not the PIN.")
PIN_LOCKED = Label(
    vi="Sai nhiều lần: thử lại sau {seconds} giây.", en="Too many tries: again in {seconds} s."
)
PIN_CHECKING = Label(vi="Đang kiểm tra…", en="Checking…")
PIN_MISSING = Label(
    vi="Máy này chưa có mã PIN: bộ phận tin học đặt bằng lệnh queue-kiosk pin.",
    en="This kiosk has no PIN yet: IT sets one with queue-kiosk pin.",
)

MENU_TITLE = Label(vi="Kiosk {kiosk}", en="Kiosk {kiosk}")
VERSION = Label(vi="bản {version}", en="version {version}")
LINK_UP = Label(vi="Máy chủ {server}: đang nối", en="Server {server}: connected")
LINK_DOWN = Label(vi="Máy chủ {server}: MẤT KẾT NỐI {age}", en="Server {server}: NO LINK {age}")
LINK_NEVER = Label(vi="Máy chủ {server}: chưa nối lần nào", en="Server {server}: never connected yet")
SECONDS = Label(vi="{n} giây", en="{n} s")
MINUTES = Label(vi="{n} phút", en="{n} min")
OUTBOX = Label(vi="{n} phiếu chờ gửi", en="{n} tickets to be sent")
DISK_FAILED = Label(vi="ĐĨA KHÔNG GHI ĐƯỢC", en="DISK TAKES NOTHING")
PRINTER = Label(vi="Máy in: {says}", en="Printer: {says}")
SPARE = Label(vi="máy dự phòng: {says}", en="spare: {says}")
PAPER_LEFT = Label(vi="giấy còn khoảng {n} m", en="about {n} m of paper left")
PAPER_LOW = Label(vi="SẮP HẾT GIẤY", en="PAPER RUNS LOW")
SAYS = {
    "": Label(vi="chưa rõ", en="not known yet"),
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
    "unasked": Label(vi="không trả lời được", en="cannot answer"),
}
NOW_CLOSED = Label(vi="ĐANG ĐÓNG", en="CLOSED")

TEST_PRINT = Label(vi="In thử", en="Test print")
NEW_ROLL = Label(vi="Giấy mới", en="New roll")
NEW_SPARE_ROLL = Label(vi="Giấy mới (dự phòng)", en="New roll (spare)")
PAPERS = Label(vi="Phiếu vừa in", en="Last tickets")
LOOSE = Label(vi="Cần hủy: {n}", en="To destroy: {n}")
CLOSING = Label(vi="Đóng máy", en="Close kiosk")
OPEN = Label(vi="Mở máy", en="Open kiosk")
LEAVE = Label(vi="Xong", en="Done")
QUIT = Label(vi="Thoát chương trình", en="End the program")

PAPERS_TITLE = Label(vi="Phiếu vừa in: chạm để in lại", en="Last tickets: touch one to print it again")
NO_PAPERS = Label(vi="Chưa in phiếu nào từ khi máy chạy.", en="Nothing printed since the kiosk started.")
LOOSE_TITLE = Label(
    vi="Phiếu có thể còn ra: lấy, hủy, rồi chạm", en="May still come out: take it, destroy it, touch it"
)
LOOSE_LATE = Label(vi="{number} ra muộn: hủy", en="{number} late: destroy")
LOOSE_COMES = Label(vi="{number} chưa ra: hủy", en="{number} due: destroy")
GIVEN = Label(vi="đã đưa", en="given")
NO_LOOSE = Label(vi="Không có phiếu nào như vậy.", en="There are none.")
CLOSING_TITLE = Label(vi="Vì sao đóng máy? Người bệnh sẽ đọc.", en="Why close? Patients will read it.")
REASONS = {
    "printer": Label(vi="Máy in hỏng", en="Printer broken"),
    "no_paper": Label(vi="Hết giấy", en="Out of paper"),
    "maintenance": Label(vi="Bảo trì", en="Maintenance"),
    "elsewhere": Label(vi="Dùng máy khác", en="Use another kiosk"),
}
SAID = {
    "opened": Label(vi="Máy đã mở lại.", en="The kiosk is open again."),
    "closed": Label(vi="Máy đã đóng. Rời trang này là người bệnh thấy.", en="Closed: patients see it now."),
    "printing": Label(vi="Đang in…", en="Printing…"),
    "printed": Label(vi="Đã in xong.", en="Printed."),
    "not_printed": Label(vi="KHÔNG IN ĐƯỢC. Xem máy in.", en="NOT PRINTED. Look at the printer."),
    "print_unknown": Label(vi="Không rõ đã in chưa. Xem máy in.", en="Not known. Look at the printer."),
    "no_server": Label(vi="Chưa in lại được: mất kết nối.", en="Not now: there is no link."),
    "refused": Label(vi="Máy chủ không cho in lại số này.", en="The server refused to print it again."),
    "new_roll": Label(vi="Đã ghi nhận cuộn giấy mới.", en="Noted: a new roll."),
    "settled": Label(vi="Đã ghi nhận.", en="Noted."),
}

STUB_TITLE = Label(vi="MÁY SẴN SÀNG", en="READY")
STUB_TEST = Label(vi="Phiếu in thử – không phải phiếu khám", en="Test slip – no ticket")
STUB_MARKS = "Ầ Ẩ Ẫ Ấ Ữ Ợ ỵ"
