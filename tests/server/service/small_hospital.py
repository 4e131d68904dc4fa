"""The smallest facility that has a life: a reception desk and one exam room."""

from queue_server.engine.facility import ClinicPlan, Facility, Hall, Payer, Route, Service, Words
from queue_server.protocol.codes import ClinicKind
from queue_server.protocol.values import replaced


def words(text: str) -> Words:
    return Words(text, text)


def small_hospital(*, day_ends: int = 0) -> Facility:
    return Facility(
        id="small",
        name=words("Trạm y tế"),
        time_zone="Asia/Ho_Chi_Minh",
        halls={"h1": Hall("h1", words("Sảnh"), words("Tầng 1"))},
        services={
            "reception": Service("reception", words("Tiếp đón"), ClinicKind.RECEPTION, "A", 2),
            "general": Service("general", words("Khám chung"), ClinicKind.EXAM, "H", 8, choosable=True),
        },
        clinics={
            "desk1": ClinicPlan(
                "desk1", words("Quầy 1"), words("Quầy 1"), "1", ClinicKind.RECEPTION, "h1", ("reception",)
            ),
            "room12": ClinicPlan(
                "room12", words("Phòng 12"), words("Phòng 12"), "12", ClinicKind.EXAM, "h1", ("general",)
            ),
        },
        practitioners={},
        sessions=(),
        routes={"fee": Route("fee", "fee", "exam", words("Dịch vụ"), ("reception", "general"))},
        payers={"fee": Payer("fee", words("Dịch vụ"), insured=False)},
        reasons={},
        kiosks={},
        screens={},
        reception="reception",
        day_ends=day_ends,
    )


def without(facility: Facility, *, clinic: str = "", service: str = "") -> Facility:
    return replaced(
        facility,
        clinics={name: plan for name, plan in facility.clinics.items() if name != clinic},
        services={name: plan for name, plan in facility.services.items() if name != service},
        routes={
            name: replaced(route, steps=tuple(step for step in route.steps if step != service))
            for name, route in facility.routes.items()
        },
    )
