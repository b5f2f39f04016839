"""Links to repositories at github.com, which answers 404 for what is private, and 429 often. Pure.

Where there is a token, GitHub is asked once more, which of the repositories are there. That settles links to a
repository itself; of a page of one it says only whether everybody may see it.
"""
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from repo_vitals.sources.lychee import LinkAnswer
from repo_vitals.sources.repositories import FULL_NAME

if TYPE_CHECKING:
    from collections.abc import Mapping

    from repo_vitals.sources.repository_visibility import Visibility
    from repo_vitals.sources.web_url import WebUrl

_HOSTS = frozenset({"github.com", "www.github.com"})


def doubtful(answers: Mapping[WebUrl, LinkAnswer]) -> list[str]:
    """The repositories, as owner/name in lower case, of links that GitHub answered 404 or 429; each once."""
    return list(dict.fromkeys(name for url, answer in answers.items() if (name := _doubted(url, answer))))


def settled(answers: Mapping[WebUrl, LinkAnswer], found: Mapping[str, Visibility | None]) -> dict[WebUrl, LinkAnswer]:
    """The answers by what GitHub says of the repositories; one that is not among `found` was not asked about."""
    return {url: _settled(url, answer, found) for url, answer in answers.items()}


def _settled(url: WebUrl, answer: LinkAnswer, found: Mapping[str, Visibility | None]) -> LinkAnswer:
    name = _doubted(url, answer)
    if not name:
        return answer
    if name not in found:
        return answer if answer.status == 429 else LinkAnswer(said="GitHub does not say whether it is private")
    if found[name] is None:
        return answer
    if _path(url).count("/") == 1:
        return replace(answer, status=200, said="")
    return answer if found[name] == "public" else LinkAnswer(said="its repository is private", rest=answer.rest)


def _doubted(url: WebUrl, answer: LinkAnswer) -> str:
    if url.host not in _HOSTS or answer.status not in (404, 429):
        return ""
    name = "/".join(_path(url).split("/")[:2]).lower()
    return name if FULL_NAME.fullmatch(name) else ""


def _path(url: WebUrl) -> str:
    return url.path.strip("/").removesuffix(".git")
