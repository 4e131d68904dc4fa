"""The file his.toml: where the queue server is, where the HIS is, and whose code means what.

SettingsMistake   the file cannot be used: what is wrong and what to write instead
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct, field


class SettingsMistake(Exception):
    """The file cannot be used."""


class QueueServer(Struct, frozen=True, forbid_unknown_fields=True):
    """servers: websocket addresses, tried in turn. token: of the device with role `integration`; token_file:
    a file that holds it."""

    servers: Annotated[tuple[str, ...], Meta(min_length=1)] = ("ws://127.0.0.1:8420/ws",)
    token: str = ""
    token_file: str = ""


class Http(Struct, frozen=True, forbid_unknown_fields=True):
    """host, port: where the HIS posts to. secret: what it signs with or shows. tells: the address that is
    told, empty when the HIS is told nothing; tells_secret: what it knows us by. timeout: seconds for one
    call."""

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 8430
    secret: Annotated[str, Meta(max_length=256)] = ""
    secret_file: str = ""
    tells: str = ""
    tells_secret: str = ""
    tells_secret_file: str = ""
    timeout: Annotated[float, Meta(gt=0, le=30)] = 1.5


class View(Struct, frozen=True, forbid_unknown_fields=True):
    """url: of the database, as SQLAlchemy writes it. name: of the view. every: seconds between two looks.
    overlap: seconds that a look goes back before the newest row, for commits that come late. sweep: seconds
    between two looks at whether rows are gone. time_zone: of moments that say none."""

    url: str = ""
    url_file: str = ""
    name: Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?$")] = "denluot_his"
    every: Annotated[float, Meta(ge=0.05, le=60)] = 1.0
    overlap: Annotated[float, Meta(ge=0, le=86_400)] = 300.0
    sweep: Annotated[float, Meta(ge=0.05, le=3_600)] = 15.0
    time_zone: str = "Asia/Ho_Chi_Minh"


class Patience(Struct, frozen=True, forbid_unknown_fields=True):
    """waits: seconds that a saying waits for its visit or stop before staff are told; the bare word that a
    visit exists waits for its patient all day. answers: seconds in
    which a saying is answered. gone: seconds without a HIS before staff are told."""

    waits: Annotated[float, Meta(gt=0, le=86_400)] = 3_600.0
    answers: Annotated[float, Meta(gt=0, le=60)] = 8.0
    gone: Annotated[float, Meta(gt=0, le=3_600)] = 30.0


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file. memory: the database file of what the link must not forget. The tables of codes map the
    HIS's to the site file's; a code that is in none is taken as it is."""

    queue_server: QueueServer = QueueServer()
    memory: str = "var/his.sqlite3"
    http: Http = Http()
    view: View = View()
    patience: Patience = Patience()
    cancel_reason: str = ""
    clinics: dict[str, str] = field(default_factory=dict)
    services: dict[str, str] = field(default_factory=dict)
    practitioners: dict[str, str] = field(default_factory=dict)
    payers: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)


class Codes:
    """One table of codes, both ways. Where several codes of the HIS mean one of ours, the first is told."""

    def __init__(self, table: Mapping[str, str]) -> None:
        self._ours = dict(table)
        self._his: dict[str, str] = {}
        for his, ours in table.items():
            self._his.setdefault(ours, his)

    def ours(self, code: str) -> str:
        """What the site file calls it."""
        return self._ours.get(code, code)

    def his(self, code: str) -> str:
        """What the HIS calls it."""
        return self._his.get(code, code)


def load(path: Path) -> Settings:
    """Read his.toml with the secrets from their files. Raises SettingsMistake with what to write instead."""
    try:
        read = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsMistake(f"{path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsMistake(f"{path} is not TOML: {error}") from error
    try:
        settings = msgspec.convert(read, Settings)
    except msgspec.ValidationError as error:
        known = ", ".join(Settings.__struct_fields__)
        raise SettingsMistake(f"{path}: {error}. Known sections and keys: {known}; see HIS.md") from error
    return _with_secrets(settings, path.parent)


def _with_secrets(settings: Settings, folder: Path) -> Settings:
    replace = msgspec.structs.replace
    server, http, view = settings.queue_server, settings.http, settings.view
    server = replace(server, token=_secret(server.token, server.token_file, folder))
    http = replace(
        http,
        secret=_secret(http.secret, http.secret_file, folder),
        tells_secret=_secret(http.tells_secret, http.tells_secret_file, folder),
    )
    view = replace(view, url=_secret(view.url, view.url_file, folder))
    if not server.token:
        raise SettingsMistake(
            "queue_server.token is missing: make one with `queue-server token`, write its hash under a device"
            ' with role = "integration" in the site file, and the token here or in token_file'
        )
    memory = str(folder / settings.memory) if settings.memory != ":memory:" else settings.memory
    return replace(settings, queue_server=server, http=http, view=view, memory=memory)


def _secret(written: str, file: str, folder: Path) -> str:
    if not file:
        return written
    try:
        return (folder / file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsMistake(f"{folder / file} cannot be read: {error.strerror}") from error
