"""Packages of pyproject.toml, with versions that stand in another file where nothing has to run to read them. Pure."""
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.docs_freshness.versions import setup_files
from repo_vitals.concerns.docs_freshness.versions.assigned import at_first, of_whole, places_of
from repo_vitals.concerns.docs_freshness.versions.folders import holding, members
from repo_vitals.concerns.docs_freshness.versions.packages import Package, joined, table, text_of, texts
from repo_vitals.concerns.docs_freshness.versions.setup_files import UNKNOWN
from repo_vitals.concerns.docs_freshness.versions.toml_files import key_line, read_toml

if TYPE_CHECKING:
    from repo_vitals.concerns.docs_freshness.versions.packages import Files

NAME = "pyproject.toml"
_BY_TAG = re.compile(r"setuptools[_-]scm|hatch-vcs|versioneer|versioningit|dunamai|dynamic-versioning|flit[_-]scm")


def read(files: Files, folder: str) -> list[Package]:
    """The project at a folder, and the members of uv's workspace where it is one's root."""
    found = _one(files, folder)
    if found is None:
        return []
    package, tables = found
    made = [package]
    workspace = table(table(table(tables.get("tool")).get("uv")).get("workspace"))
    inner = [one for one in holding(files.paths, NAME) if one != folder]
    excluded = set(members(inner, texts(workspace.get("exclude")), top=folder))
    for member in members(inner, texts(workspace.get("members")), top=folder):
        theirs = _one(files, member) if member not in excluded else None
        made.append(None if theirs is None else theirs[0])
    return [one for one in made if one is not None]


def _one(files: Files, folder: str) -> tuple[Package | None, dict[str, Any]] | None:
    path = joined(folder, NAME) or NAME
    text = files.text(path)
    found = read_toml(text) if text is not None else None
    if text is None or found is None:
        return None
    project, poetry = table(found.get("project")), table(table(found.get("tool")).get("poetry"))
    name = text_of(project.get("name")) or text_of(poetry.get("name"))
    if name is None:
        return None, found
    classifiers = texts(project.get("classifiers"))
    own = Package(ecosystem="pypi", name=name, version=None, file=path, line=1, folder=folder,
                  is_published=not any(one.startswith("Private ::") for one in classifiers))
    if "poetry-dynamic-versioning" in table(found.get("tool")):
        return own, found
    for where, held in (("project", project), ("tool.poetry", poetry)):
        plain = text_of(held.get("version"))
        if plain is not None:
            return own.at(plain, file=path, line=key_line(text, where, "version", plain)), found
    return (_dynamic(files, own, found) if "version" in texts(project.get("dynamic")) else own.unknown(UNKNOWN)), found


def _dynamic(files: Files, own: Package, found: dict[str, Any]) -> Package:
    """What the build tool would read, where its table says plainly which file that is."""
    tool = table(found.get("tool"))
    build = table(found.get("build-system"))
    needs = " ".join([*texts(build.get("requires")), text_of(build.get("build-backend")) or ""])
    hatch = table(table(tool.get("hatch")).get("version"))
    setuptools = table(table(table(tool.get("setuptools")).get("dynamic")).get("version"))
    pdm = table(table(tool.get("pdm")).get("version"))
    scikit = table(table(table(tool.get("scikit-build")).get("metadata")).get("version"))
    if "maturin" in needs:
        manifest = text_of(table(tool.get("maturin")).get("manifest-path")) or "Cargo.toml"
        return _of_cargo(files, own, manifest)
    for held, key in ((hatch, "path"), (pdm, "path"), (scikit, "input")):
        path = text_of(held.get(key))
        # A pattern of the project's own would be a stranger's regular expression.
        if path is not None and not {"pattern", "regex", "expression"} & set(held):
            return at_first(files, own, [path]) or own.unknown(UNKNOWN)
    if text_of(setuptools.get("attr")) is not None:
        return at_first(files, own, _modules(str(setuptools["attr"]), tool)) or own.unknown(UNKNOWN)
    if "file" in setuptools:
        named = [str(setuptools["file"])] if isinstance(setuptools["file"], str) else texts(setuptools["file"])
        return of_whole(files, own, named) or own.unknown(UNKNOWN)
    if "setuptools_scm" in tool or "setuptools-scm" in tool or _BY_TAG.search(needs) is not None or \
            text_of(pdm.get("source")) == "scm" or "scm" in str(scikit.get("provider", "")) or \
            _BY_TAG.search(str(hatch.get("source", ""))) is not None or hatch.get("source") == "vcs":
        return own
    if "flit" in needs:
        module = text_of(table(table(tool.get("flit")).get("module")).get("name")) or own.name.replace("-", "_")
        return at_first(files, own, places_of(module.replace(".", "/"))) or own.unknown(UNKNOWN)
    # Without a table of its own setuptools has it from its older files; without a tool named it is setuptools.
    return setup_files.version_of(files, own) if "setuptools" in needs or not needs.strip() else own.unknown(UNKNOWN)


def _modules(attribute: str, tool: dict[str, Any]) -> list[str]:
    """Files that may hold `package.module.NAME`."""
    module = attribute.rpartition(".")[0].replace(".", "/")
    setuptools = table(tool.get("setuptools"))
    folders = [*texts(table(table(setuptools.get("packages")).get("find")).get("where")),
               *(one for one in table(setuptools.get("package-dir")).values() if isinstance(one, str))]
    return [place for folder in ("", *folders) for place in places_of(f"{folder}/{module}".strip("/"))]


def _of_cargo(files: Files, own: Package, manifest: str) -> Package:
    from repo_vitals.concerns.docs_freshness.versions import cargo
    from repo_vitals.concerns.docs_freshness.versions.packages import folder_of

    path = joined(own.folder, manifest)
    if path is None:
        return own.unknown(UNKNOWN)
    folder = folder_of(path)
    # A member's version may be its workspace's, whose root lies above.
    for root in (folder, *(folder.rsplit("/", depth)[0] for depth in range(1, folder.count("/") + 1)), ""):
        for one in cargo.read(files, root):
            if one.folder == folder and one.version is not None:
                return own.at(one.version, file=one.file, line=one.line)
    return own.unknown(UNKNOWN)
