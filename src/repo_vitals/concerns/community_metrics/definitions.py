"""What every figure of community-metrics means, in a sentence each; docs/metrics.md has them in full."""
from __future__ import annotations

from repo_vitals.report.model import MetricDefinition

QUANTILES = ("0.5", "0.9")
RECENT_DAYS = 7
TIME_IN_LABELS = ("status/needs-info", "status/blocked")
SATISFACTION_TARGET = 0.8
SATISFACTION_SAMPLES = 5        # below that the ratio is shown but not judged: a young repository has hardly a reaction


def _metric(name: str, unit: str, definition: str, *labels: str) -> MetricDefinition:
    return MetricDefinition(name=name, unit=unit, definition=definition, labels=labels)


def _answering(kind: str, things: str, clock: str) -> tuple[MetricDefinition, ...]:
    return (
        _metric(f"{kind}_first_response_seconds", "seconds",
                f"Time from {clock} to the first response, {things} opened in the window; Kaplan-Meier, the unanswered "
                "censored at closing or now", "quantile"),
        _metric(f"{kind}_first_response_answered_seconds", "seconds",
                f"The same over answered {things} only, type-7 quantile", "quantile"),
        _metric(f"{kind}_first_response_answered_mean_seconds", "seconds",
                f"Mean time to first response of the answered {things}"),
        _metric(f"{kind}_response_sla_ratio", "ratio",
                f"{things.capitalize()} answered within the response target, of those due by now",
                "priority"),
        _metric(f"{kind}_resolution_seconds", "seconds",
                f"Time from {clock} to the last closing{' or merge' if kind == 'pull_request' else ''}; Kaplan-Meier, "
                "open ones censored now", "quantile"),
    )


METRICS: tuple[MetricDefinition, ...] = (
    _metric("repository_stars", "count", "Stars now"),
    _metric("repository_forks", "count", "Forks now"),
    _metric("repository_watchers", "count", "Watchers now"),
    _metric("issues_open", "count", "Open issues, pull requests not among them"),
    _metric("pull_requests_open", "count", "Open pull requests, drafts among them"),
    _metric("issues_opened", "count", "Issues opened in the window, by anyone"),
    _metric("issues_closed", "count", "Issues whose last closing lies in the window"),
    _metric("pull_requests_opened", "count", "Pull requests opened in the window, by anyone"),
    _metric("pull_requests_merged", "count", "Pull requests merged in the window"),
    _metric("pull_requests_closed_unmerged", "count", "Pull requests closed in the window without a merge"),
    _metric("issues_opened_recent", "count", "Issues opened in the last days", "days"),
    _metric("pull_requests_opened_recent", "count", "Pull requests opened in the last days", "days"),
    _metric("issues_awaiting_response", "count",
            "Open issues of any age, older than the response target, without a response"),
    _metric("pull_requests_awaiting_response", "count",
            "Open pull requests that are ready for review, for longer than the response target, without a response"),
    *_answering("issue", "issues", "opening"),
    *_answering("pull_request", "pull requests", "being ready for review"),
    _metric("issue_triage_seconds", "seconds",
            "Time from opening to the first priority or type label; Kaplan-Meier", "quantile"),
    _metric("issue_response_ratio", "ratio", "Issues opened in the window that have a response"),
    _metric("issue_resolution_ratio", "ratio", "Issues opened in the window that are closed"),
    _metric("discussion_first_response_seconds", "seconds",
            "Time from opening to the first comment or reply by someone else; Kaplan-Meier", "quantile"),
    _metric("discussion_answer_seconds", "seconds",
            "Time from opening to the choice of an answer, in categories that take answers; Kaplan-Meier", "quantile"),
    _metric("issue_closure_ratio", "ratio",
            "Issues closed in the window, over those open at its start and those opened in it"),
    _metric("backlog_age_seconds", "seconds", "Age of the open issues, type-7 quantile", "quantile"),
    _metric("contributors_active", "count", "People with a commit on the default branch in the window"),
    _metric("contributors_new", "count", "Those of them whose first commit in the repository's life it was"),
    _metric("contributors_returning", "count", "Those of them with an earlier commit"),
    _metric("contributor_absence_factor", "count",
            "Smallest number of people who made at least half of the window's commits (CHAOSS)"),
    _metric("commits", "count", "Commits on the default branch in the window, by people"),
    _metric("pull_request_first_review_seconds", "seconds",
            "Time from being ready for review to the first submitted review by another person; Kaplan-Meier, the "
            "unreviewed censored at closing or now", "quantile"),
    _metric("pull_request_draft_seconds", "seconds",
            "Time spent as a draft until closing or now, pull requests opened in the window, drafts among them; type-7 "
            "quantile", "quantile"),
    _metric("pull_request_merge_seconds", "seconds",
            "Time from being ready for review to the merge, pull requests opened in the window and merged; type-7 "
            "quantile", "quantile"),
    _metric("pull_request_closed_unmerged_seconds", "seconds",
            "The same to the closing of those closed without a merge", "quantile"),
    _metric("issue_closed_seconds", "seconds",
            "Time from opening to the last closing, issues opened in the window and closed, by GitHub's reason; type-7 "
            "quantile", "reason", "quantile"),
    _metric("issue_label_seconds", "seconds",
            "Time for which a label stood on an issue while it was open, issues opened in the window that ever had it; "
            "type-7 quantile", "label", "quantile"),
    _metric("discussions_opened", "count", "Discussions opened in the window, by anyone"),
    _metric("discussion_answer_ratio", "ratio",
            "Discussions opened in the window, in categories that take answers, that have one"),
    _metric("satisfaction_ratio", "ratio",
            "A proxy: first responses with approving reactions and no disapproving one, of those with either"),
    _metric("contributor_retention_ratio", "ratio",
            "People with a commit in the window before who have one in this window too"),
    _metric("contributors_new_per_month", "count", "New contributors of the window, per 30 days"),
    _metric("issues_opened_per_week", "count", "Issues opened in the window, per 7 days"),
    _metric("pull_requests_opened_per_week", "count", "Pull requests opened in the window, per 7 days"),
    _metric("discussions_opened_per_week", "count", "Discussions opened in the window, per 7 days"),
)

# Measured where service levels are configured.
SLA_METRICS: tuple[MetricDefinition, ...] = (
    _metric("sla_attainment_ratio", "ratio",
            "Items opened in the window whose phase ended in time, of those of which that is known",
            "phase", "channel", "type", "priority"),
    _metric("sla_breached", "count", "Open items of any age that still owe a phase and are late", "phase"),
    _metric("sla_due_soon", "count", "Open items of any age whose phase is due soon", "phase"),
    _metric("sla_pending", "count", "Open items of any age that owe a phase and are not late", "phase"),
)

# Measured where alerts are kept as incidents.
INCIDENT_METRICS: tuple[MetricDefinition, ...] = (
    _metric("incident_sla_ratio", "ratio",
            "Incidents that began in the window whose phase ended in time, of those of which that is known",
            "phase", "severity"),
    _metric("incident_sla_breached", "count", "Incidents of any age that go on, still owe a phase and are late",
            "phase", "severity"),
    _metric("incident_sla_pending", "count", "Incidents of any age that go on, owe a phase and are not late",
            "phase", "severity"),
)

# Outputs of the action, each the value of one metric.
HEADLINES: dict[str, tuple[str, dict[str, str]]] = {
    "issues-open": ("issues_open", {}),
    "issues-awaiting-response": ("issues_awaiting_response", {}),
    "issue-first-response-seconds": ("issue_first_response_seconds", {"quantile": "0.5"}),
    "issue-first-response-answered-mean-seconds": ("issue_first_response_answered_mean_seconds", {}),
    "pull-requests-open": ("pull_requests_open", {}),
    "pull-requests-awaiting-response": ("pull_requests_awaiting_response", {}),
    "pull-request-first-response-seconds": ("pull_request_first_response_seconds", {"quantile": "0.5"}),
    "contributors-active": ("contributors_active", {}),
}
