"""A coverage report as a project's tests might leave it."""
from __future__ import annotations

from random import Random

_FILES = ("src/config.rs", "src/engine.rs", "src/errors.rs", "src/lib.rs", "src/main.rs", "src/net/client.rs",
          "src/net/retry.rs", "src/parse.rs", "src/render.rs", "src/state.rs")
_MOST_LINES = 240


def tracefile(*, seed: int) -> str:
    """An lcov tracefile of some files, of which the tests reach some well and some hardly."""
    random = Random(f"coverage {seed}")     # noqa: S311 - a story, not a secret
    records = []
    for path in _FILES:
        share = random.choice((0.99, 0.97, 0.95, 0.9, 0.6))
        lines = sorted(random.sample(range(3, _MOST_LINES), random.randint(40, 150)))
        ran = [(line, random.randint(1, 90) if random.random() < share else 0) for line in lines]
        branches = [(line, arm, times if times == 0 or random.random() < share else 0)
                    for line, times in ran[::7] for arm in (0, 1)]
        records.append(f"SF:{path}\n" + "".join(f"BRDA:{line},0,{arm},{times}\n" for line, arm, times in branches)
                       + "".join(f"DA:{line},{times}\n" for line, times in ran) + "end_of_record\n")
    return "".join(records)
