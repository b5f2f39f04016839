"""Packages with a past for package-adoption: registries, deps.dev and a repository that belong together."""
from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.package_adoption import inputs
from repo_vitals.concerns.package_adoption.collect import Wanted, collect
from repo_vitals.report.model import Cost
from repo_vitals.simulator.deps_dev import DepsDevSimulator, Known
from repo_vitals.simulator.registries import CrateVersion, NpmPackage, Registries
from repo_vitals.sources.github_connection import connect
from repo_vitals.sources.history import History
from repo_vitals.sources.http_wire import Timeouts
from support.simulated import NOW, REPOSITORY, Scene, serving

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from repo_vitals.concerns.package_adoption.facts import Adoption, Facts
    from repo_vitals.simulator.accounts import Access
    from repo_vitals.simulator.server import Simulator
    from repo_vitals.sources.github_connection import GitHub

TODAY = NOW.date()
YESTERDAY = TODAY - timedelta(days=1)


def days(count: int, *, length: int = 89, until: date = YESTERDAY) -> dict[date, int]:
    """The same count a day."""
    return {until - timedelta(days=back): count for back in range(length)}


def published(ago: int) -> datetime:
    """So many days before today, at noon."""
    return datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=timezone.utc) - timedelta(days=ago)


class Kept(dict[str, bytes]):
    """A history in memory: `run()` gives what a run is handed, and takes what it kept when the next one begins."""

    last: History | None = None

    def run(self) -> History:
        """A history for the next run."""
        if self.last is not None:
            self.update({path: text.encode() for path, text in self.last.kept.items()})
        self.last = History(self)
        return self.last

    def read(self, path: str) -> bytes | None:
        return self.get(path)

    def sizes(self) -> dict[str, int]:
        return {path: len(content) for path, content in self.items()}

    def paths(self) -> list[str]:
        return list(self)

    def total_with(self, new: Mapping[str, bytes]) -> int:
        return sum(map(len, {**self, **new}.values()))

    def bring(self, paths: Iterable[str]) -> None:
        """They are here."""

    def below(self, folder: str) -> list[str]:
        return sorted(path for path in self if path.startswith(f"{folder}/"))


@dataclass
class World:
    """Everything that a run may ask. What is wanted of it can be changed while it serves."""

    github: Simulator
    registries: Registries
    deps_dev: DepsDevSimulator
    scene: Scene
    packages: list[str] = field(default_factory=list)
    cost: Cost = field(default_factory=Cost)

    def options(self) -> dict[str, str]:
        """The inputs of a run that asks these."""
        return {**self.registries.options(), "packages": "\n".join(self.packages), "deps-dev": self.deps_dev.url}

    def facts(self, *, history: History | None = None, ago: int = 0, token: str | None = None, traffic: bool = False,
              anonymous: bool = False, max_wait: timedelta = timedelta(seconds=5), **more: Any) -> Facts:
        """What a run collects, `ago` days before today, by a token that may do everything unless another is given."""
        connection = self.connection(token, max_wait=max_wait)
        if anonymous:
            connection = replace(connection, anonymous=True)
        wanted = Wanted(**{
            "packages": inputs.PACKAGES.kind.parse("\n".join(self.packages)), "assets": inputs.ASSETS.default,
            "traffic": traffic, "crates_io": self.registries.url, "pypistats": self.registries.url,
            "npm": self.registries.url, "deps_dev": self.deps_dev.url, "deps_dev_requests": 100, **more})
        try:
            return collect(connection, wanted, repository=REPOSITORY, today=TODAY - timedelta(days=ago),
                           history=history or History(), pause=0)
        finally:
            connection.close()

    def connection(self, token: str | None = None, *, max_wait: timedelta = timedelta(seconds=5)) -> GitHub:
        """A connection that waits for nothing; what it asks is counted into `cost`."""
        environ = {**self.github.environment(), **({} if token is None else {"GITHUB_TOKEN": token})}
        self.cost = Cost()
        return connect(token=environ["GITHUB_TOKEN"], environ=environ, cost=self.cost, max_wait=max_wait,
                       sleep=lambda _: None, timeouts=Timeouts(connect=2, read=2, total=4))

    def adoption(self, **options: Any) -> Adoption:
        """Of a single package."""
        (found,) = self.facts(**options).adoptions
        return found

    def token(self, **permissions: Access) -> str:
        """Of a person, who may be granted what no workflow may."""
        return self.scene.state.add_token("ann", permissions=permissions).text

    @property
    def asked(self) -> list[str]:
        """The paths that the registries were asked for."""
        return [one.path for one in self.registries.log]


@contextmanager
def world(*packages: str, scene: Scene | None = None) -> Iterator[World]:
    """Nothing but the names of what is to be measured; tests put in what they are about."""
    scene = scene or Scene()
    with ExitStack() as stack:
        made = World(github=stack.enter_context(serving(scene)), scene=scene, packages=list(packages),
                     registries=stack.enter_context(Registries(today=TODAY)),
                     deps_dev=stack.enter_context(DepsDevSimulator(Known())))
        yield made


def add_widgets(made: World) -> None:
    """A crate, a package of PyPI's and two of npm's, each a hundred times a day, versions half and half."""
    made.registries.crate(
        "widget", CrateVersion(number="1.0.0", published=published(400), days=days(50, length=120), older=1000),
        CrateVersion(number="2.0.0", published=published(300), days={**days(50, length=120), TODAY: 7}))
    made.registries.pypi["widget"] = dict.fromkeys(days(100, length=170), (100, 140))
    for name in ("widget", "@acme/widget"):
        made.registries.npm[name] = NpmPackage(days=days(100, length=400), week={"1.0.0": 350, "2.0.0": 350})
    versions: Mapping[str, datetime | None] = {"1.0.0": published(400), "2.0.0": published(300)}
    for system, name in (("cargo", "widget"), ("pypi", "widget"), ("npm", "widget"), ("npm", "@acme/widget")):
        for one in made.deps_dev.known.package(system, name, versions).versions:  # type: ignore[arg-type]
            one.deprecated = False


WIDGETS = ("crates:widget", "pypi:widget", "npm:widget", "npm:@acme/widget")
