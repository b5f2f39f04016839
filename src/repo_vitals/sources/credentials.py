"""The token, held so that it can't be printed by accident, and texts from servers made fit to show."""
from __future__ import annotations

from repo_vitals.errors import InputError
from repo_vitals.plain_text import quotable


class Secret:
    """A token that shows itself as `***`. Raises InputError for what no HTTP header can carry."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        if not value:
            raise InputError("token: is empty; give one with --token, GITHUB_TOKEN or GH_TOKEN")
        # http.client would raise on these in the middle of a request, with the token in its message.
        position = next((index for index, character in enumerate(value) if not "!" <= character <= "~"), None)
        if position is not None:
            what = "a line break" if value[position] in "\r\n" else "a blank or a character outside printable ASCII"
            raise InputError(f"token: holds {what} at position {position + 1} of {len(value)}, "
                             "which no token has; store it again without")
        self._value = value

    def reveal(self) -> str:
        """The token itself, for the Authorization header only."""
        return self._value

    def scrub(self, text: str) -> str:
        """The text without the token, should a server have sent it back."""
        return text.replace(self._value, "***")

    def shown(self, text: object, *, limit: int = 160) -> str:
        """A server's text as part of an error: without the token, on one line, printable, cut."""
        return quotable(" ".join(self.scrub(text if isinstance(text, str) else "").split()), limit=limit)

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __reduce__(self) -> str:
        raise TypeError("a token is never pickled")


class NoSecret(Secret):
    """Stands where a token would, towards services that get none."""

    __slots__ = ()

    def __init__(self) -> None:
        self._value = ""

    def reveal(self) -> str:
        """Nothing to reveal. Raises RuntimeError: whoever asks is about to send a token where none may go."""
        raise RuntimeError("no token is sent there")

    def scrub(self, text: str) -> str:
        """The text itself."""
        return text
