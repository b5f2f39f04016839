"""What an alert's issue says: complete, stable, and free of what strangers would have it do."""
from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import example, given, settings

from repo_vitals.concerns.alert.body import LARGEST_BODY, LARGEST_COMMENT, IssueTexts
from repo_vitals.concerns.alert.facts import AlertState, Escalation, Event, Figure, Problem, Signal, Treatment
from repo_vitals.concerns.alert.plans import AlertView
from repo_vitals.concerns.alert.state import from_body, marker
from repo_vitals.concerns.alert.templates import FIELDS, parse_template
from repo_vitals.render.markdown import BREAK
from repo_vitals.report.incidents import Incident
from support import hostile, markdown_reader

NOW = datetime(2026, 3, 9, 6, tzinfo=timezone.utc)
RUN = "https://github.com/acme/widget/actions/runs/7"
REPORT = f"{RUN}/artifacts/3"
TEXTS = IssueTexts(repository="acme/widget", run_url=RUN, report_url=REPORT)
EVENTS = ("opened", "worse", "better", "repeated", "snoozed", "woken", "acknowledged", "status", "severity",
          "escalated", "resolved", "closed", "reopened", "kept", "left", "never heard of")


def problem(number: int = 1, **changes) -> Problem:
    return replace(Problem(
        id=f"{number:016x}", monitor="ci-health", rule="success-ratio", severity="high",
        title="success ratio of ci.yml below 90 %", detail="17 of 20 runs succeeded", since=NOW - timedelta(days=3),
        url="https://github.com/acme/widget/actions/workflows/ci.yml", file=".github/workflows/ci.yml", line=4),
        **changes)


def view(*, state: dict | None = None, treatment: dict | None = None, **signal) -> AlertView:
    return AlertView(
        repository="acme/widget", now=NOW, run_url=RUN, report_url=REPORT,
        signal=replace(Signal(
            key="ci-health", outcome="failing", at=NOW, monitors=("ci-health",), problems=(problem(),),
            figures=(Figure(title="Success ratio, workflow ci.yml", value="87 %", target="≥ 90 %", status="fail"),),
            said=("ci.yml succeeds too seldom",), subject="CI health"), **signal),
        state=replace(AlertState(
            key="ci-health", phase="firing", number=12, severity="high", since=NOW - timedelta(days=2),
            fired_at=NOW - timedelta(days=1), spells=1, updated_at=NOW,
            recent=((NOW - timedelta(days=2), "healthy"), (NOW - timedelta(days=1), "failing"), (NOW, "unknown")),
            timeline=(Event(at=NOW - timedelta(days=1), what="opened"),)), **(state or {})),
        treatment=replace(Treatment(severity="high", labels=("alert",), owners=("@acme/ops", "mona")),
                          **(treatment or {})))


def read(body: str) -> markdown_reader.Document:
    return markdown_reader.read(body)


def test_the_title_names_the_monitor_and_what_is_gravest() -> None:
    assert TEXTS.title(view()) == "ci-health: success ratio of ci.yml below 90 %"
    assert TEXTS.title(view(treatment={"incident": 1})).startswith("SEV 1: ci-health: ")
    assert TEXTS.title(view(state={"level": 3}, treatment={"incident": 1})).startswith("SEV 3: ")
    assert TEXTS.title(view(state={"key": "unknown/ci-health"}, problems=())) == "ci-health: could not be judged"
    assert TEXTS.title(view(state={"key": "ci-health/0123456789abcdef"})).startswith("ci-health: success")
    assert TEXTS.title(view(problems=())) == "ci-health: CI health"


def test_a_title_of_several_problems_says_what_they_are_about_and_nothing_that_moves() -> None:
    late = [problem(number, rule="awaiting-response", title=f"Nobody answers {number}") for number in range(3)]
    ratio = problem(4, rule="target", title="Success ratio, workflow a: b.yml: 50 %, wanted ≥ 90 %")

    assert TEXTS.title(view(problems=(late[0], late[1]))) == "ci-health: awaiting response"
    assert TEXTS.title(view(problems=(late[0], ratio))).endswith("response, Success ratio, workflow a: b.yml")
    assert TEXTS.title(view(problems=(ratio,))) == "ci-health: Success ratio, workflow a: b.yml"
    many = tuple(problem(number, rule=f"rule-{number}") for number in range(5))
    assert TEXTS.title(view(problems=many)) == "ci-health: rule 0, rule 1, rule 2 and 2 more"


def test_the_body_says_what_since_when_on_what_evidence_what_to_do_and_how_it_went() -> None:
    body = TEXTS.body(view(state={"spells": 3, "earlier": 8}))

    assert body.startswith(f"{marker('ci-health')}\n## CI health (1 problem)\n")
    assert "- **State:** ❌ failing since 2026-03-07 06:00 UTC, for the 3rd time\n" in body
    assert "- **Severity:** 🔴 high\n" in body
    assert "- **Owners:** `acme/ops`, `mona`\n" in body
    assert f"- **Measured by:** [workflow run]({RUN}), [report]({REPORT})\n" in body
    plain = replace(view(), run_url=RUN, report_url=RUN)
    assert f"- **Measured by:** [workflow run]({RUN})\n" in TEXTS.body(plain), "the same page once"
    assert "- **Before:** the last time it had issue `8`\n" in body
    assert ["Severity", "Problem", "Detail", "Where", "Since"] in read(body).rows
    assert ["🔴 high", "success ratio of ci.yml below 90 %", "17 of 20 runs succeeded", ".github/workflows/ci.yml:4",
            "2026-03-06"] in read(body).rows
    assert ["Success ratio, workflow ci.yml", "87 %", "≥ 90 %", "❌ fail"] in read(body).rows
    assert "Look at the newest failed run" in body
    assert "/actions/ci-health/README.md)" in body
    assert "`2026-03-07` 🟩🟥⬜ `2026-03-09`\n" in body
    assert "1 run 🟥 failing, 1 run 🟩 healthy, 1 run ⬜ unknown" in body
    assert ["2026-03-08 06:00 UTC", "Opened"] in read(body).rows
    for line in ("/vitals snooze 7d", "/vitals ack", "/vitals resolve TEXT"):
        assert [row for row in read(body).rows if row[0] == line]


@pytest.mark.parametrize(("state", "treatment", "signal", "said"), [
    ({"phase": "resolved", "resolved_at": NOW}, {}, {"outcome": "healthy", "problems": ()},
     "✅ resolved on 2026-03-09 06:00 UTC after 2 d"),
    ({"snoozed_until": NOW + timedelta(days=7), "snoozed_by": "mona"}, {}, {},
     "- **Snoozed:** until 2026-03-16 06:00 UTC by `mona`\n"),
    ({}, {"silenced_until": NOW, "silenced_by": "silence 2: dependency freeze"}, {},
     "- **Silenced:** until 2026-03-09 06:00 UTC (silence 2: dependency freeze)\n"),
    ({}, {"inhibited_by": "service-health"}, {}, "- **Held back:** `service-health` explains it"),
    ({"acknowledged_at": NOW, "acknowledged_by": "mona"}, {}, {},
     "- **Acknowledged:** 2026-03-09 06:00 UTC by `mona`\n"),
    ({"left_at": NOW}, {}, {}, "closed by a person on 2026-03-09 06:00 UTC, and left alone until it gets worse"),
    ({}, {}, {"outcome": "unknown", "problems": ()}, "the newest run could not judge it"),
    ({}, {"resolve_after": 3}, {"outcome": "healthy", "problems": ()},
     "the newest run is healthy, 3 in a row close it"),
    ({}, {}, {"key": "unknown/ci-health", "problems": ()}, "❔ can't be judged since"),
])
def test_where_an_alert_stands_is_said_in_its_body(state, treatment, signal, said) -> None:
    assert said in TEXTS.body(view(state=state, treatment=treatment, **signal))


def test_what_could_not_be_judged_is_not_shown_as_runs_that_failed_and_is_told_how_to_become_known() -> None:
    runs = ((NOW - timedelta(days=2), "healthy"), (NOW - timedelta(days=1), "failing"), (NOW, "failing"))
    body = TEXTS.body(view(state={"key": "unknown/ci-health", "recent": runs}, key="unknown/ci-health", problems=()))

    assert "`2026-03-07` 🟩⬜⬜ `2026-03-09`\n" in body
    assert "1 run 🟩 judged, 2 runs ⬜ not judged; the newest is on the right" in body
    assert "Look at the newest failed run" not in body
    assert "- **`ci-health`** The summary and the notes of its report say what is missing" in body
    assert "/actions/ci-health/README.md)" in body


def test_an_alert_that_no_report_speaks_of_any_more_says_so() -> None:
    assert "no report speaks of it any more, so that nothing is known" in TEXTS.body(replace(view(), signal=None))


def test_the_same_state_gives_the_same_text_at_any_time_and_in_any_run() -> None:
    kept = view(state={"run_url": RUN, "report_url": REPORT}, treatment={"incident": 2, "respond_within": (
        ("acknowledge", timedelta(minutes=15)),)})
    later = replace(kept, now=NOW + timedelta(days=40))

    assert replace(TEXTS, run_url=f"{RUN}9", report_url=None).body(later) == TEXTS.body(kept)
    unplaced = replace(kept, run_url=None, report_url=None)
    assert TEXTS.body(unplaced) == TEXTS.body(kept)
    assert RUN not in TEXTS.body(replace(unplaced, state=view().state))


def test_rows_are_whole_and_what_does_not_fit_is_counted_with_a_link() -> None:
    many = tuple(problem(number, title=f"problem {number} {'x' * 150}") for number in range(1000))

    body = TEXTS.body(view(problems=many))

    rows = [row for row in read(body).rows if row[1:2] and row[1].startswith("problem ")]
    left = re.search(rf"\nand (\d+) more problems are in the \[report\]\({re.escape(REPORT)}\)\.\n", body)
    assert left is not None
    assert len(rows) + int(left[1]) == 1000
    assert 50_000 < len(body.encode()) <= LARGEST_BODY
    assert from_body(body) == replace(view().state, number=None)


def test_of_forty_problems_five_are_in_sight_so_that_what_to_do_is_on_the_first_screen() -> None:
    many = tuple(problem(number, title=f"problem {number}", detail=f"detail {number}", monitor=monitor)
                 for monitor in ("ci-health", "coverage") for number in range(20))

    body = TEXTS.body(view(problems=many, monitors=("ci-health", "coverage")))

    in_sight, folded = body[:body.index("### What to do")].split("<details><summary>35 more</summary>\n\n")
    assert ([row[1] for row in read(in_sight).rows[1:]], len(read(folded).rows)) == (
        [f"problem {number}" for number in range(5)], 1 + 35)
    advice = body[body.index("### What to do"):body.index("### Evidence")]
    assert advice.count("(the gravest: [problem 0](") == 2
    assert body.count("detail 0 |") == 2, "a detail stands in its row alone"
    alone = TEXTS.body(view(problems=(problem(), *(problem(number) for number in range(2, 7)))))
    assert ("<details>" in alone, "the gravest" in alone, body.count("detail 1 ")) == (False, False, 2)


def test_what_is_over_asks_for_nothing_to_be_done() -> None:
    over = view(state={"phase": "resolved", "resolved_at": NOW}, outcome="healthy", problems=())
    assert "What to do" not in TEXTS.body(over)


def test_of_what_fails_it_lists_the_figures_that_do_not_pass_and_of_what_is_healthy_all() -> None:
    figures = tuple(Figure(title=f"Figure that {status}", value="1", target="= 0", status=status)
                    for status in ("fail", "unknown", "pass"))
    failing = view(figures=figures)
    healthy = replace(failing, signal=replace(failing.signal, outcome="healthy"))

    assert [row[0] for row in read(TEXTS.body(failing)).rows if row[0].startswith("Figure that")] == [
        "Figure that fail", "Figure that unknown"]
    assert "Figure that pass" in TEXTS.body(healthy)


def test_an_incident_has_clocks_updates_and_after_its_end_a_review() -> None:
    within = (("acknowledge", timedelta(minutes=15)), ("update", timedelta(hours=1)), ("resolve", timedelta(days=1)))
    began = NOW - timedelta(days=1)
    told = (Event(at=began + timedelta(hours=2), what="status", text="rolled back", who="mona"),)
    going_on = view(state={"acknowledged_at": began + timedelta(minutes=25), "timeline": told},
                    treatment={"incident": 1, "respond_within": within})
    # By rule it is none any more as soon as nothing fails: its issue knows what it began as.
    over = replace(going_on, treatment=replace(going_on.treatment, incident=None), state=replace(
        going_on.state, phase="resolved", resolved_at=NOW,
        incident=Incident(opened_at=began, level=1, within=within)))

    body = TEXTS.body(going_on)
    assert ["acknowledge", "15m", "2026-03-08 06:15 UTC", "2026-03-08 06:25 UTC, 10 min late"] in read(body).rows
    assert ["update", "1h", "2026-03-08 07:00 UTC", "2026-03-08 08:00 UTC, 1 h late"] in read(body).rows
    assert ["resolve", "24h", "2026-03-09 06:00 UTC", ""] in read(body).rows
    assert "- 2026-03-08 08:00 UTC: rolled back (`mona`)\n" in body
    assert "Post-mortem" not in body
    assert "**Review within a week:** due 2026-03-16" in TEXTS.body(over)
    assert ["resolve", "24h", "2026-03-09 06:00 UTC", "2026-03-09 06:00 UTC, in time"] in read(TEXTS.body(over)).rows
    reviewed = Event(at=NOW, what="reviewed", text="see the wiki", who="mona")
    noted = TEXTS.body(replace(over, state=replace(over.state, reviewed_at=NOW, timeline=(*told, reviewed))))
    assert "**Reviewed:** 2026-03-09 06:00 UTC (`mona`): see the wiki\n" in noted
    assert "Post-mortem" not in noted
    closing = TEXTS.comment(over, Event(at=NOW, what="closed"))
    assert "due 2026-03-16" in closing
    assert read(closing).fences[0][0] == "markdown"
    assert "Incident" not in TEXTS.body(view())


@pytest.mark.parametrize(("what", "state", "said"), [
    ("worse", {}, "⬆️ **Worse: high, 1 problem.** now two workflows"),
    ("better", {}, "⬇️ **Better: high, 1 problem.** now two workflows"),
    ("repeated", {}, "🔔 **Still failing since 2026-03-07 06:00 UTC: high, 1 problem.**"),
    ("escalated", {}, "nobody has acknowledged it.** now two workflows Owners: `acme/ops`, `mona`."),
    ("snoozed", {"snoozed_until": NOW}, "💤 **Snoozed until 2026-03-09 06:00 UTC** by `mona`."),
    ("closed", {"resolved_at": NOW, "phase": "resolved"},
     "✅ **Healthy again: closed after 2 d.** It failed from 2026-03-07 06:00 UTC to 2026-03-09 06:00 UTC."),
    ("reopened", {"spells": 2}, "🔁 **It is back: high, failing since 2026-03-07 06:00 UTC, for the 2nd time.**"),
    ("kept", {}, "**Opened again: a bot had closed it** by `mona`."),
])
def test_followers_are_told_of_each_kind_of_event(what, state, said) -> None:
    comment = TEXTS.comment(view(state=state), Event(at=NOW, what=what, text="now two workflows", who="mona"))

    assert comment.startswith(said) or said in comment
    assert f"From this [workflow run]({RUN}), [report]({REPORT}).\n" in comment


def test_only_whom_the_configuration_asks_for_is_pinged() -> None:
    seen = view(state={"escalated": ("86400",)}, treatment={"mentions": ("acme/ops",), "escalations": (
        Escalation(after=timedelta(1), mentions=("@mona",)), Escalation(after=timedelta(2), mentions=("later",)))})

    assert "- **Cc:** @acme/ops\n" in TEXTS.body(seen)
    assert "\ncc @acme/ops\n" in TEXTS.comment(seen, Event(at=NOW, what="worse"))
    assert "\ncc @acme/ops, @mona\n" in TEXTS.comment(seen, Event(at=NOW, what="escalated"))
    assert "cc" not in TEXTS.comment(seen, Event(at=NOW, what="closed")).split()
    assert "- **Cc:** `a b`\n" in TEXTS.body(view(treatment={"mentions": ("a b",)}))


def _hostile_view(words: str, times: int = 8) -> AlertView:
    """Strangers' words wherever they can be, more of them than fit."""
    bad = problem(title=words, detail=words, rule=words, file=words, url=f"https://evil.example/{words}")
    thread = problem(title=words, url="https://github.com/acme/widget/issues/7")
    events = tuple(Event(at=NOW, what=what, text=words, who=words) for what in EVENTS)
    return view(
        state={"timeline": events, "snoozed_until": NOW, "snoozed_by": words, "acknowledged_at": NOW,
               "acknowledged_by": words, "run_url": f"https://evil.example/{words}"},
        treatment={"owners": (words,) * times, "silenced_by": words, "silenced_until": NOW, "inhibited_by": words,
                   "incident": 1, "respond_within": ((words, timedelta(hours=1)),) * 12},
        problems=(bad, thread, replace(bad, url=f"javascript:{words}")) * times, monitors=("ci-health", words) * 5,
        figures=(Figure(title=words, value=words, target=words, status=words),) * times, said=(words,) * 5,
        subject=words)


@settings(deadline=None, max_examples=20)
@example("$" * 300)
@example("|::error::pwned")
@example("&" * 300)
@given(hostile.short)
def test_strangers_words_have_no_effect_and_every_text_fits(words) -> None:
    harmless_and_fitting(_hostile_view(words))


def test_sixty_kilobytes_in_each_place_have_no_effect_either() -> None:
    harmless_and_fitting(_hostile_view("@team #1 $x$ | `\x1b[31m " * 2500, times=1))


def harmless_and_fitting(seen: AlertView) -> None:
    texts = IssueTexts(repository="acme/widget", report_url=REPORT, template=parse_template(
        "Read the [runbook](https://acme.example/runbook): " + " ".join(f"{{{name}}}" for name in FIELDS)))
    body, title = texts.body(seen), texts.title(seen)
    calm = replace(seen, signal=replace(seen.signal, problems=seen.signal.problems[:3]))
    said = [texts.comment(seen if event.what == "worse" else calm, event) for event in seen.state.timeline]

    assert len(body.encode()) <= LARGEST_BODY < 65_536
    assert max(len(one.encode()) for one in said) <= LARGEST_COMMENT
    assert body.startswith(f"{marker('ci-health')}\n")
    assert from_body(body) is not None
    assert len(title) <= 256
    assert title.splitlines() == [title]
    for pattern in (r"@\w", r"#\d", r"://\S", r"(?i)www\.", r"`", "[\ud800-\udfff]"):
        assert re.search(pattern, title) is None
    for markdown in (body, *said):
        document = read(markdown)
        assert document.filtered == []
        assert document.images == []
        assert {tag for tag in document.html if not tag.startswith("<!--")} <= {
            "<details>", "<summary>", "</summary>", "</details>", "<span>", "</span>"}
        assert [tag for tag in document.html if tag.startswith("<!--")] == (
            [marker("ci-health"), *re.findall(r"<!-- repo-vitals:state .*-->", body)] if markdown is body else [])
        for address in document.links:
            assert address.startswith(("https://github.com/", "https://redirect.github.com/acme/widget/issues/7",
                                       "https://evil.example/", "https://acme.example/runbook"))
            assert "javascript:" not in address.partition("://")[0]


# -- the user's own paragraph --------------------------------------------------------------------------------------

def test_a_template_of_the_users_stands_on_top_with_its_placeholders_filled() -> None:
    texts = replace(TEXTS, template=parse_template(
        "**{severity}** {{sic}} for {owners}: {subject} since {since}, {run}"))

    assert texts.body(view()).startswith(
        f"{marker('ci-health')}\n**high** {{sic}} for `acme/ops`, `mona`: CI health since 2026-03-07 06:00 UTC, "
        f"[workflow run]({RUN})\n\n## CI health")


@pytest.mark.parametrize(("template", "complaint"), [
    ("{severty}", r'placeholder "\{severty\}", which there is none of \(did you mean severity\?\)'),
    ("{run.__class__}", "which there is none of"),
    ("{0}", "known: key, monitors"),
    ("{run!r}", "with a format, which none has"),
    ("{run:>10}", "with a format, which none has"),
    ("{run", "has a brace without its pair"),
    ("a } b", "has a brace without its pair"),
    ("<!-- repo-vitals:alert:x -->", "HTML comment"),
    ("```\nx", "block of code that it does not end"),
    ("x" * 2001, "longer than 2,000 characters"),
    ("{run}" * 31, "more than 30 placeholders"),
])
def test_a_template_that_can_t_be_filled_is_refused_with_the_reason(template, complaint) -> None:
    with pytest.raises(ValueError, match=complaint):
        parse_template(template)


def test_a_title_is_cut_at_what_github_takes() -> None:
    title = TEXTS.title(view(problems=(problem(title="@x " * 200),)))

    assert len(title) == 256
    assert f"@{BREAK}x" in title
    assert title.endswith("…")
