"""Names of this machine for itself: what goes there passes no network, so that plain http shows nothing to anybody."""
from __future__ import annotations

import re

LOOPBACK = re.compile(r"localhost|127(?:\.\d{1,3}){3}|::1", re.IGNORECASE)
