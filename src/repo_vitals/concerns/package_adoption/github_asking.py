"""What GitHub tells: downloads of the releases' assets, and how the repository is visited."""
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.package_adoption import releases, traffic
from repo_vitals.concerns.package_adoption.asking import with_since
from repo_vitals.concerns.package_adoption.counters import added_since
from repo_vitals.concerns.package_adoption.facts import Adoption, Package, Traffic, Version, Visits
from repo_vitals.concerns.package_adoption.ledger import MOST_COUNTERS, with_snapshot
from repo_vitals.concerns.package_adoption.series import between
from repo_vitals.errors import CallerError, CouldNotMeasure, FeatureDisabled, PermissionMissing, TokenRefused
from repo_vitals.sources.github_traffic import traffic as ask

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from repo_vitals.concerns.package_adoption.ledger import Remembered
    from repo_vitals.concerns.package_adoption.releases import Release
    from repo_vitals.sources.github_connection import GitHub

NEEDED = ("it takes the token of a GitHub App or of a person with `administration: read`, which a workflow's own token "
          "can't have; `traffic: false` leaves it out")


def released(github: GitHub, repository: str, patterns: Sequence[str]) -> list[Release]:
    """Every published release. Raises what the client raises, CouldNotMeasure for an answer of another shape."""
    owner, name = repository.split("/")
    found = []
    for page in github.graphql.pages("releases", {"owner": owner, "name": name}, first=50,
                                     connection=("repository", "releases")):
        try:
            each = [releases.read(node, _assets(github, node), patterns) for node in page]
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise CouldNotMeasure(f"GitHub's list of the releases of {repository} lacks what was asked for "
                                  f"({type(error).__name__}); try again later") from error
        found += [one for one in each if one is not None]
    return found


def _assets(github: GitHub, node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    connection = node["releaseAssets"]
    yield from connection["nodes"]
    if connection["pageInfo"]["hasNextPage"]:
        asked = {"id": node["id"], "after": connection["pageInfo"]["endCursor"]}
        for page in github.graphql.pages("release_assets", asked, connection=("node", "releaseAssets")):
            yield from page


def adoption_of(found: Sequence[Release], known: Remembered, *, repository: str,
                today: date) -> tuple[Adoption, Remembered]:
    """Releases as a package whose versions are their tags; what earlier runs counted is what days are made of.

    Of several runs on one day the first counts, so that from one day's count to the next it is about a day.
    """
    counters = {key: number for one in found for key, number in one.counters.items()}
    total = sum(counters.values())
    remembered, notes = replace(known, total=total), []
    if len(counters) > MOST_COUNTERS:
        notes.append(f"the releases have {len(counters)} assets that count, and {MOST_COUNTERS} are the most that can "
                     "be followed from run to run")
    elif today not in known.days.get("counted", {}):
        remembered = _counted(found, counters, remembered, today)
    counted, sums = remembered.days.get("counted", {}), remembered.sums
    if not any(one.counters for one in found):
        notes.append("no release has an asset that counts")
    versions = sorted((Version(version=one.tag, published_at=one.published_at, total=one.total) for one in found),
                      key=lambda one: (one.published_at is None,
                                       0.0 if one.published_at is None else -one.published_at.timestamp()))
    days = between(counted)
    adoption = Adoption(
        package=Package("github", repository), total=total, total_before=known.total, counted=counted, days=days,
        versions=tuple(versions), newest=releases.newest(found), notes=tuple(notes),
    )
    if today not in counted:        # what the releases' sums grew by until now is not known
        return adoption, remembered
    adoption = with_since(adoption, remembered, sums, today)
    if adoption.since_days is not None:
        adoption = replace(adoption, recent_days=int(adoption.since_days), others=0,
                           versions=tuple(replace(one, recent=one.since) for one in adoption.versions))
    return adoption, with_snapshot(remembered, today, sums)


def _counted(found: Sequence[Release], counters: Mapping[str, int], known: Remembered, today: date) -> Remembered:
    """What is known with today's count.

    An asset that comes into sight late, since `assets` takes it in or its release was hidden, brings along what it
    counted before: none of that was fetched since the run before. Nor can it be told when one that was out of sight
    was fetched.
    """
    counted = known.days.get("counted", {})
    before = {**known.gone, **known.counters}
    if not counted:
        return replace(known, days={"counted": {today: sum(counters.values())}}, counters=counters,
                       sums={one.tag: one.total for one in found})
    last = max(counted)
    young = {key for one in found for key, at in one.since.items() if at.date() >= last and key not in known.gone}
    grown = added_since(known.counters, counters, young)
    sums = {one.tag: known.sums.get(one.tag, 0) + sum(grown[key] for key in one.counters) for one in found}
    return replace(known, days={"counted": {**counted, today: counted[last] + sum(grown.values())}}, counters=counters,
                   gone={key: count for key, count in before.items() if key not in counters},
                   sums={**known.sums, **sums})


def visits(github: GitHub, repository: str, known: Remembered, *, today: date,
           ) -> tuple[Traffic, Remembered, CouldNotMeasure | CallerError | None]:
    """How the repository was visited, what to remember of it, and what GitHub failed with, or the caller.

    A refusal leaves it unknown and says why; one refused question is the last. Raises TokenRefused.
    """
    if github.anonymous:
        return Traffic(problem=f"there is no token; {NEEDED}"), known, None
    found: dict[str, Visits] = {}
    days: dict[str, Mapping[date, int]] = {kind: known.days.get(kind, {}) for kind in traffic.KINDS}
    try:
        for kind in traffic.KINDS:
            def read(document: Any, kind: traffic.Kind = kind) -> tuple[dict[date, int], int]:
                return traffic.days(document, kind)
            told, uniques = ask(github, repository, kind, read)
            days[kind] = traffic.joined(days[kind], told, today)
            found[kind] = Visits(days=days[kind], uniques=uniques)
        done = Traffic(
            views=found["views"], clones=found["clones"],
            referrers=ask(github, repository, "popular/referrers", traffic.referrers),
            paths=ask(github, repository, "popular/paths", traffic.paths))
    except TokenRefused:
        raise
    except (PermissionMissing, FeatureDisabled) as error:
        is_right = isinstance(error, PermissionMissing) and not error.is_policy
        return Traffic(problem=f"this token may not read it; {NEEDED}" if is_right else
                       f"{error}; `traffic: false` leaves it out"), known, None
    except CallerError as error:
        return Traffic(problem=str(error)), known, error
    except CouldNotMeasure as error:
        return Traffic(problem=str(error), views=found.get("views"), clones=found.get("clones")), \
            replace(known, days=days), error
    return done, replace(known, days=days), None
