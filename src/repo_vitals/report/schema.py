"""The JSON Schema that every report keeps to."""
from __future__ import annotations

import json
from importlib.resources import files
from typing import Any, cast


def schema() -> dict[str, Any]:
    """`schema.json` of this package: JSON Schema, draft 2020-12. A new object at each call."""
    text = files("repo_vitals.report").joinpath("schema.json").read_text(encoding="utf-8")
    return cast("dict[str, Any]", json.loads(text))
