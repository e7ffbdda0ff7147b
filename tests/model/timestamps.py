# SPDX-License-Identifier: Apache-2.0
"""RFC 3339 times as seconds since the epoch, exactly."""

import calendar
import re
from fractions import Fraction

_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.A)


def seconds(text):
    """None where the text is no time."""
    match = _TIME.fullmatch(text) if isinstance(text, str) else None
    if not match:
        return None
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    if not (1 <= month <= 12 and 1 <= day <= calendar.monthrange(max(year, 1), month)[1] and hour < 24
            and minute < 60 and second <= 60):
        return None
    zone, offset = match[8], 0
    if zone not in "Zz":
        offset = (int(zone[1:3]) * 60 + int(zone[4:6])) * 60 * (-1 if zone[0] == "-" else 1)
    return calendar.timegm((year, month, day, hour, minute, second)) + Fraction(match[7] or 0) - offset
