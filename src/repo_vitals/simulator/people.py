"""Who takes part in a generated repository, how often, and what they write."""
from __future__ import annotations

from bisect import bisect
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

    from repo_vitals.simulator.accounts import Account
    from repo_vitals.simulator.state import State

_FIRST = ("ada", "ben", "chloe", "dai", "elif", "femi", "grace", "hugo", "ines", "jun", "kofi", "lena", "marek", "nour",
          "olga", "priya", "quinn", "rosa", "sven", "tariq", "uma", "viktor", "wei", "ximena", "yuki", "zoe")
_LAST = ("almeida", "bauer", "costa", "diallo", "eriksson", "fischer", "garcia", "haddad", "ivanova", "jensen", "kim",
         "lopez", "moreau", "nguyen", "okafor", "petrov", "rossi", "sato", "tanaka", "ueda", "varga", "wang", "yilmaz")
_SUBJECTS = ("the parser", "`widget build`", "the Windows installer", "incremental mode", "the cache", "error messages",
             "TLS verification", "the plug-in API", "tab completion", "time zones", "UTF-16 files", "the progress bar",
             "memory use", "the configuration file", "symlinks", "the JSON output", "CI on forks", "the man page")
_ISSUES = ("Crash in {}", "{} is slow on large projects", "Support for {}", "How do I turn off {}?", "Regression in {}",
           "Document {}", "{} ignores the exit code", "Wrong result from {} after an upgrade", "Flaky test for {}",
           "Größenangabe fehlt: {}", "{} の動作がおかしい", "Сбой: {}")
_CHANGES = ("Fix {}", "Speed up {}", "Refactor {}", "Test {}", "Bump the dependency behind {}", "Document {}",
            "Remove dead code from {}")
_QUESTIONS = ("What is the plan for {}?", "Best practice for {}", "Show and tell: {}", "Is {} supported on ARM?")
HOSTILE = (
    "::error::owned", "::set-output name=status::pass", "::add-mask::a", "::stop-commands::x", "%0A::warning::x",
    "two\nlines", "<script>alert(1)</script>", "| a | pipe |", "`back` ```ticks```", "@acme/maintainers please",
    "see #1 and GH-2 and 0123456789abcdef0123456789abcdef01234567", "[click](javascript:alert(1))",
    "\u202eright to left\u202c", "nul\u0000byte", "##[error]legacy", "line\u2028separator", "\x1b[31mred\x1b[0m",
    "![img](https://example.org/track.png)", "-- \n***", "🧨" * 60,
)


class People:
    """Accounts with a Zipf share of the activity: few do most, most do little."""

    def __init__(self, state: State, chance: random.Random, size: int) -> None:
        self.chance = chance
        self.crowd: list[Account] = []
        for number in range(size):
            first, last = chance.choice(_FIRST), chance.choice(_LAST)
            login = f"{first}-{last}" if number % 3 else f"{first}{chance.randrange(10, 9999)}"
            if state.find_account(login) is not None:
                login = f"{login}-{number}"
            emails = [f"{login}@example.org", f"{9000 + number}+{login}@users.noreply.github.com"]
            self.crowd.append(state.account(login, name=f"{first} {last}".title(), emails=emails))
        self._shares = list(accumulate(1 / (rank + 1) for rank in range(size)))
        self.maintainers = self.crowd[: max(2, min(8, size // 12))]
        self.dependabot = state.account("dependabot[bot]", emails=[
            "49699333+dependabot[bot]@users.noreply.github.com"])
        self.actions = state.account("github-actions[bot]", emails=[
            "41898282+github-actions[bot]@users.noreply.github.com"])
        self.stale = state.account("stale[bot]")
        # A machine account that calls itself a person: only a list can tell.
        self.machine = state.account("acme-ci", name="Acme CI", emails=["ci@acme.example"])

    def anyone(self) -> Account:
        """By share of activity."""
        place = bisect(self._shares, self.chance.random() * self._shares[-1])
        return self.crowd[min(place, len(self.crowd) - 1)]

    def newcomer(self) -> Account:
        """Everyone alike."""
        return self.chance.choice(self.crowd)

    def reporter(self) -> Account:
        """Who opens issues: mostly people seen once."""
        return self.newcomer() if self.chance.random() < 0.7 else self.anyone()

    def maintainer(self) -> Account:
        """The first ones answer most."""
        return self.maintainers[min(int(self.chance.paretovariate(1.2)) - 1, len(self.maintainers) - 1)]

    def responder(self, author: Account | None) -> Account:
        """Someone else, mostly a maintainer."""
        found = self.maintainer() if self.chance.random() < 0.65 else self.anyone()
        return found if found is not author else next(m for m in self.maintainers if m is not author)

    def title(self, kind: str, *, hostile: bool) -> str:
        """A title of an issue, a change or a question."""
        forms = {"issue": _ISSUES, "pull_request": _CHANGES, "discussion": _QUESTIONS}[kind]
        title = self.chance.choice(forms).format(self.chance.choice(_SUBJECTS))
        if hostile and self.chance.random() < 0.5:
            title = f"{self.chance.choice(HOSTILE)} {title}"
        return title[0].upper() + title[1:]

    def body(self, *, hostile: bool) -> str:
        """What an issue says."""
        if not hostile:
            return "Steps, what came out, what was expected."
        if self.chance.random() < 0.01:
            return "A very long body. " * 3500
        return "\n".join(self.chance.sample(HOSTILE, 3))
