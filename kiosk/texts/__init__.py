"""What the kiosk says, in Vietnamese and English. One table a language; mypy sees that none has gaps."""

from types import MappingProxyType

from kiosk.texts.en import ENGLISH
from kiosk.texts.sentences import Sentences
from kiosk.texts.vi import VIETNAMESE
from queue_server.protocol.codes import Language

SENTENCES = MappingProxyType(
    {language: VIETNAMESE if language is Language.VI else ENGLISH for language in Language}
)

__all__ = ["SENTENCES", "Sentences"]
