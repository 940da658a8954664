"""Identifiers and moments, the two things that a stored row gets from the outside world.

Every row that another program may name carries a UUID of version 7 (RFC 9562): unique without
asking the database, and ordered by time, so that new rows land at the end of an index. Times are
UTC and are stored as text of a fixed width, which sorts as it reads and survives an export to the
byte.
"""

import os
import re
import time
from collections.abc import Sequence
from datetime import UTC, datetime

_FORM = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_UUID = re.compile(_FORM)
_UUIDS = re.compile(rf"(?:{_FORM} )*+")


def new_id() -> str:
    """A new UUID (version 7) as lower-case text of 36 characters."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & (1 << 48) - 1) << 80
    value |= 0x7 << 76 | (random >> 62 & 0xFFF) << 64
    value |= 0b10 << 62 | random & (1 << 62) - 1
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def is_id(text: object) -> bool:
    """Whether `text` is a UUID in the form in which we write them."""
    return isinstance(text, str) and _UUID.fullmatch(text) is not None


def are_ids(texts: Sequence[str]) -> bool:
    """Whether all of `texts` are UUIDs; for thousands of them quicker than asking one by one."""
    joined = "".join([f"{text} " for text in texts])
    return len(joined) == 37 * len(texts) and _UUIDS.fullmatch(joined) is not None


def now() -> str:
    """The present moment: `2026-11-22T10:00:00.000000Z`."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment(when: datetime) -> str:
    """An aware time as stored text, in UTC with microseconds."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def as_datetime(text: str) -> datetime:
    """The aware time that a stored moment stands for. Raises ValueError for anything else."""
    return datetime.fromisoformat(text)
