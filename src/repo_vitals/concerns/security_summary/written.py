"""The files that are written besides the report: SARIF, and the licences of all packages. Pure."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals import __version__
from repo_vitals.concerns.security_summary.license_report import LICENSE_REPORT, form_of
from repo_vitals.config.declare import OPTIONAL_TEXT, Input

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from repo_vitals.concerns.security_summary.measure import Measured
    from repo_vitals.config.declare import Values

SARIF = Input(
    name="sarif", kind=OPTIONAL_TEXT, default=None, default_text="not written",
    help="Path of a SARIF file of what is not allowed, for code scanning; private advisories, code scanning's own "
         "alerts and what was not looked at whole are left out",
)


def written(
    measured: Measured, values: Values, *, repository: str, now: datetime,
) -> tuple[Mapping[str, Callable[[], str]], tuple[str, ...]]:
    """The texts of the files that were asked for, by the input that says where they go, and what they leave out."""
    files: dict[str, Callable[[], str]] = {}
    notes: tuple[str, ...] = ()
    if values[SARIF]:
        from repo_vitals.concerns.security_summary.sarif_out import sarif

        made = sarif(measured, version=__version__, now=now)
        files[SARIF.name], notes = (lambda: made.text), made.notes
    if path := values[LICENSE_REPORT]:
        from repo_vitals.concerns.security_summary.license_report import license_report

        form = form_of(path)
        files[LICENSE_REPORT.name] = lambda: license_report(measured.licensing, form, repository=repository,
                                                            version=__version__, now=now)
    return files, notes
