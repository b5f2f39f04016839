"""Test results from JUnit files, which strangers may have written: no entity is ever expanded. Pure."""
from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.ci_health.facts import CaseResults

if TYPE_CHECKING:
    from collections.abc import Iterable

LARGEST = 50_000_000            # bytes of a file
_MOST_TESTS = 1_000_000


class NotJUnit(Exception):
    """What a file is instead; the text says so."""


def read_junit(content: bytes) -> list[tuple[str, int, int]]:
    """Each test case of a file: name, passes, failures (errors among them); a skipped one has neither.

    Raises NotJUnit.
    """
    from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]
    from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]
    from junitparser import Error, Failure, JUnitXmlError, Skipped
    from junitparser.xunit2 import TestCase

    if len(content) > LARGEST:
        raise NotJUnit("is too large")
    try:
        root = fromstring(content, forbid_dtd=True)
        if root.tag not in ("testsuites", "testsuite"):
            raise NotJUnit("is XML, but no JUnit report")
        found = []
        # However deep the suites are nested.
        for place, element in enumerate(root.iter("testcase")):
            if place >= _MOST_TESTS:
                raise NotJUnit("holds too many test cases")
            case: Any = TestCase.fromelem(element)  # type: ignore[no-untyped-call]
            kinds = {type(result) for result in case.result}
            failed = bool(kinds & {Failure, Error})
            # Surefire: of a test that passed at last, and of one that never did, the tries besides the last.
            tries = [*case.flaky_failures(), *case.flaky_errors(), *case.rerun_failures(), *case.rerun_errors()]
            found.append((" ".join(part for part in (case.classname, case.name) if part),
                          int(not failed and Skipped not in kinds), int(failed) + len(tries)))
    except DefusedXmlException:
        raise NotJUnit("has a document type or entities, which no JUnit report needs") from None
    except (SyntaxError, JUnitXmlError, ValueError, LookupError, TypeError, AttributeError, RecursionError,
            OverflowError):
        raise NotJUnit("can't be read as XML") from None
    return found


def merged(results: Iterable[tuple[str, int, int]]) -> tuple[CaseResults, ...]:
    """Results of all files together, by test name."""
    passed: dict[str, int] = defaultdict(int)
    failed: dict[str, int] = defaultdict(int)
    for name, good, bad in results:
        passed[name] += good
        failed[name] += bad
    return tuple(CaseResults(name=name, passed=passed[name], failed=failed[name]) for name in sorted(passed))


def flaky_tests(results: Iterable[CaseResults]) -> list[CaseResults]:
    """Tests that both failed and passed, those that failed most first."""
    return sorted((one for one in results if one.passed and one.failed), key=lambda one: (-one.failed, one.name))
