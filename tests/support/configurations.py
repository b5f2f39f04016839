"""Configuration files as their JSON Schema sees them."""
from __future__ import annotations

import json
from datetime import date, time
from typing import TYPE_CHECKING, Any

import jsonschema
import tomli

from support.tools import ROOT

if TYPE_CHECKING:
    from pathlib import Path

CONFIGURATION: Any = jsonschema.Draft202012Validator(
    json.loads((ROOT / "docs" / "repo-vitals.schema.json").read_text(encoding="utf-8")))


def as_json(value: Any) -> Any:
    """A TOML value with dates and times as the texts that JSON would have."""
    if isinstance(value, dict):
        return {key: as_json(one) for key, one in value.items()}
    if isinstance(value, list):
        return [as_json(one) for one in value]
    return value.isoformat() if isinstance(value, date | time) else value


def hold_to_schema(path: Path) -> None:
    """Raises AssertionError for a configuration file that is there and not valid by the schema."""
    if path.is_file():
        errors = CONFIGURATION.iter_errors(as_json(tomli.loads(path.read_text(encoding="utf-8-sig"))))
        assert [f"{error.json_path}: {error.message}" for error in errors] == []
