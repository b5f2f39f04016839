"""JSON Schema by `jsonschema`, which holds each value to a definition once.

A hundred workflow runs hold the same repository, and many answers the same runs: to look at each again took more time
than all that was tested.
"""
from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import jsonschema

if TYPE_CHECKING:
    from collections.abc import Iterator

_REFERRED_TO = jsonschema.Draft202012Validator.VALIDATORS["$ref"]


def family() -> Any:
    """A class of validators (draft 2020-12) for schemas in which a `$ref` always leads to one and the same definition.

    A value that was right under a name is right wherever that name leads there again: same name, same JSON text. What
    was wrong is looked at, and told, each time.
    """
    found_right: set[bytes] = set()

    def referred_to(validator: Any, ref: str, instance: Any, schema: Any) -> Iterator[Any]:
        key = hashlib.blake2b(f"{ref}\n{json.dumps(instance)}".encode(), digest_size=16).digest()
        if key not in found_right:
            errors = list(_REFERRED_TO(validator, ref, instance, schema))
            if not errors:
                found_right.add(key)
            yield from errors

    return jsonschema.validators.extend(jsonschema.Draft202012Validator, {"$ref": referred_to})
