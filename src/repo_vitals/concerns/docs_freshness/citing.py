"""What of the repository a document cites: files, folders, lines, commands. Pure.

Little is taken for a citation: a path has a slash or a known ending and no placeholder, and whether it means anything
is for the tree and the history to say. Code blocks are read for commands alone, and shells' alone.
"""
from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote

from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from repo_vitals.concerns.docs_freshness.facts import Code, Document, Link

Kind = Literal["file", "folder", "command", "make target", "configuration key", "lines"]

# Files that people write by hand in a language that is run, compiled or executed by a shell.
SOURCE_ENDINGS = (
    ".py", ".rs", ".go", ".js", ".mjs", ".cjs", ".ts", ".tsx", ".jsx", ".java", ".kt", ".scala", ".c", ".h", ".cc",
    ".cpp", ".hpp", ".cs", ".fs", ".rb", ".php", ".swift", ".m", ".sh", ".bash", ".zsh", ".fish", ".ps1", ".pl", ".lua",
    ".ex", ".exs", ".erl", ".hs", ".ml", ".clj", ".dart", ".r", ".jl", ".nu", ".sql", ".proto", ".graphql", ".zig",
    ".vue", ".svelte")
# Sources of tests, examples, benchmarks and documents, which change nothing of what is released.
_ASIDE = re.compile(
    r"(?:^|/)(?:tests?|__tests__|specs?|testing|testdata|fixtures|e2e|examples?|samples?|demos?|bench(?:es|marks?)?|"
    r"docs?|website)/|(?:^|/)(?:test_[^/]*|conftest|[^/]*(?:_test|_spec|\.test|\.spec|\.bench|Test|Tests))\.\w+$")
_OTHER_ENDINGS = (".md", ".rst", ".toml", ".yml", ".yaml", ".json", ".cfg", ".ini", ".txt", ".lock", ".html", ".css",
                  ".xml", ".gradle", ".mk", ".cmake", ".nix", ".tf", ".j2", ".tmpl", ".template")
_PATH = re.compile(r"(?:\./)?[A-Za-z0-9_.@+-][A-Za-z0-9_.@+/-]{0,198}")
_PLACEHOLDER = re.compile(
    r"(?:^|/)(?:path/to|foo|bar|baz|your[-_a-z]*|my[-_][^/]*|example\.[a-z]+|some[-_][^/]*)(?:/|$)|"
    r"\.\.\.|//|(?:^|/)\.\.(?:/|$)", re.IGNORECASE)
# Names without a folder that a document says of any project, the reader's own first of all.
_ANYBODYS = re.compile(
    r"setup\.(?:py|cfg)|pyproject\.toml|[\w-]*requirements[\w-]*\.(?:txt|in)|constraints\.txt|package(?:-lock)?\.json|"
    r"[jt]sconfig[\w.-]*\.json|cargo\.(?:toml|lock)|pom\.xml|build\.gradle|composer\.(?:json|lock)|(?:uv|poetry|yarn|pdm|"
    r"pylock)[\w.-]*\.(?:lock|toml)|(?:tox|pytest|mypy)\.ini|\.pre-commit-config\.yaml|(?:docker-)?compose\.ya?ml|"
    r"\.?(?:travis|gitlab-ci|appveyor|cirrus|azure-pipelines|readthedocs)\.ya?ml|\.circleci/config\.ya?ml|\.github/workflows/?|"
    r"(?:mkdocs|zensical|codecov|netlify|vercel|renovate|lerna|turbo|_config)\.(?:ya?ml|toml|json)|[\w-]+\.config\.\w+|"
    r"(?:main|app|application|index|tests?|example|demo|hello|script|module|package|utils?|helpers?|config|conf|settings|"
    r"manage|wsgi|asgi|server|client|lib|mod|build|models?|views?|urls|types|__init__|__main__|conftest|noxfile|file|"
    r"data|input|output|pip)\.\w+", re.IGNORECASE)
_SPAN_LINES = re.compile(r"(.+?):\d+(?:[-:]\d+)?")
_ANCHOR_LINES = re.compile(r"L(\d{1,7})(?:C\d+)?(?:-L(\d{1,7})(?:C\d+)?)?")
_SHELLS = frozenset({"sh", "bash", "shell", "zsh", "console", "shell-session", "terminal"})
_PROMPTED = frozenset({"console", "shell-session", "terminal"})
_CUT = re.compile(r"&&|\|\||[;|]")
_TASK = re.compile(r"(?P<tool>make|(?:npm|yarn|pnpm|bun) run|cargo) +(?P<name>[A-Za-z][A-Za-z0-9_.:-]{0,60})(?= |$)")
_INTERPRETER = re.compile(r"(?:bash|sh|zsh|source|python3?|node|ruby|perl|nu|uv run|poetry run) +(?=[A-Za-z./])")
_KEY = re.compile(r"\[([A-Za-z0-9_.-]{1,100})\](?: ([A-Za-z0-9_-]{1,60}))?(?: ?=.*)?")
_MOST = 5000                # in one document


@dataclass(frozen=True, kw_only=True)
class Cited:
    """One citation, not yet looked up. Which of `paths` is meant, the tree says: of the top, or beside the document."""

    file: str
    line: int
    text: str                       # as it stands in the document
    kind: Kind
    paths: tuple[str, ...]          # of a task the files that may define it
    name: str = ""                  # of a task
    lines: tuple[int, int] | None = None
    is_link: bool = False


def is_released(path: str) -> bool:
    """Whether a file is source code of what is released."""
    return path.endswith(SOURCE_ENDINGS) and _ASIDE.search(path) is None


def cited(document: Document) -> tuple[Cited, ...]:
    """What a document cites, in order, each thing once."""
    found: dict[tuple[object, ...], Cited] = {}
    for link in document.links:
        for one in _in_link(document.path, link):
            found.setdefault((one.kind, one.paths, one.lines), one)
    for code in document.code:
        for one in (_in_block(document.path, code) if code.is_block else _in_span(document.path, code)):
            found.setdefault((one.kind, one.paths, one.name), one)
    for one in _keys(document):
        found.setdefault((one.kind, one.paths, one.name), one)
    return tuple(sorted(found.values(), key=lambda one: one.line)[:_MOST])


def _keys(document: Document) -> Iterator[Cited]:
    """Tables and keys, as `[tool.x] key`, of the one TOML file that is named in the same line."""
    by_line: dict[int, list[Code]] = {}
    for code in document.code:
        if not code.is_block:
            by_line.setdefault(code.line, []).append(code)
    for line, codes in by_line.items():
        files = {code.text.strip() for code in codes if code.text.strip().endswith(".toml")}
        paths = _paths(document.path, files.pop()) if len(files) == 1 else ()
        for code in codes if paths else ():
            match = _KEY.fullmatch(code.text.strip())
            if match is not None:
                yield Cited(file=document.path, line=line, text=code.text.strip(), kind="configuration key",
                            paths=paths, name=".".join(filter(None, match.groups())))


def _in_link(file: str, link: Link) -> Iterator[Cited]:
    target, _, anchor = link.target.partition("#")
    if not target or ":" in target.split("/")[0] or target.startswith(("//", "mailto:")) or link.is_image:
        return
    path = unquote(target.partition("?")[0])
    joined = path.lstrip("/") if path.startswith("/") else posixpath.join(posixpath.dirname(file), path)
    normal = posixpath.normpath(joined)
    if normal.startswith("..") or "\0" in normal:
        return
    lines = _ANCHOR_LINES.fullmatch(anchor)
    if lines is not None:
        first = int(lines[1])
        yield Cited(file=file, line=link.line, text=link.target, kind="lines", paths=(normal,), is_link=True,
                    lines=(first, max(first, int(lines[2] or first))))
    else:
        yield Cited(file=file, line=link.line, text=link.target, kind="file", paths=(normal,), is_link=True)


def _in_span(file: str, code: Code) -> Iterator[Cited]:
    text = code.text.strip()
    if " " in text:
        yield from _in_command(file, text, code.line)
        return
    numbered = _SPAN_LINES.fullmatch(text)
    named = numbered[1] if numbered is not None else text
    paths = _paths(file, named)
    if paths and _ANYBODYS.fullmatch(named.removeprefix("./")) is None:
        kind: Kind = "folder" if text.endswith("/") else "file"
        yield Cited(file=file, line=code.line, text=text, kind=kind, paths=paths)


def _in_block(file: str, code: Code) -> Iterator[Cited]:
    language = code.language.lower()
    if language not in _SHELLS:
        return
    continued = False
    for line in code.text.splitlines():
        bare = line.strip()
        is_prompted = bare.startswith(("$ ", "% "))
        is_command = not continued and not bare.startswith("#") and (is_prompted or language not in _PROMPTED)
        continued = bare.endswith("\\")
        if is_command:
            for part in _CUT.split(bare[2:] if is_prompted else bare):
                # Which line of the block it is can't be told from where the block begins: blocks in lists differ.
                yield from _in_command(file, part.strip(), code.line)


def _in_command(file: str, text: str, line: int) -> Iterator[Cited]:
    task = _TASK.match(text)
    if task is not None:
        tool = task["tool"]
        defined = _DEFINED.get(tool.split(" ")[0], ("package.json",))
        yield Cited(file=file, line=line, text=task[0], kind="make target" if tool == "make" else "command",
                    paths=defined, name=task["name"])
        return
    interpreter = _INTERPRETER.match(text)
    word = text[interpreter.end() if interpreter is not None else 0:].split(" ")[0]
    if "/" in word:
        paths = _paths(file, word)
        if paths:
            yield Cited(file=file, line=line, text=word, kind="command", paths=paths)
    elif re.fullmatch(r"[a-z][a-z0-9_-]{1,60}", word) and interpreter is None:
        yield Cited(file=file, line=line, text=word, kind="command", paths=("pyproject.toml",), name=word)


_DEFINED = {"make": ("GNUmakefile", "makefile", "Makefile"), "cargo": (".cargo/config.toml", ".cargo/config")}


def _paths(file: str, text: str) -> tuple[str, ...]:
    """The paths that a word may mean; none where it is no path, or stands for one."""
    if not _PATH.fullmatch(text) or _PLACEHOLDER.search(text.removeprefix("./")):
        return ()
    plain = text.removeprefix("./").rstrip("/")
    if not plain or plain.startswith("/") or plain in (".", ".."):
        return ()
    if "/" not in text.removeprefix("./") and not plain.lower().endswith((*SOURCE_ENDINGS, *_OTHER_ENDINGS)):
        return ()
    beside = posixpath.normpath(posixpath.join(posixpath.dirname(file), plain))
    return tuple(dict.fromkeys((posixpath.normpath(plain), beside)))
