from __future__ import annotations
import random, time
from datetime import timedelta
import pytest
from repo_vitals.clock import format_instant
from repo_vitals.simulator.generate import generate
from repo_vitals.simulator.model import *
from support.commands import run
from support.simulated import NOW, serving

def figs(e):
    return {(m["name"], tuple(sorted(m["labels"].items()))): m["value"] for m in e.report["metrics"]}

def change(state, repo, rnd, at):
    threads = list(repo.threads.values())
    t = rnd.choice(threads)
    people = [a for a in state._accounts.values() if a.kind == "User"]
    who = rnd.choice(people)
    k = rnd.choice(["open","openpr","disc","comment","comment","comment","min","label","unlabel","close","reopen","transfer","transferin","delete","delcomment","rename","dellabel","commit","oldcommit","delaccount","edit","draft","review","merge"])
    if k=="open": state.open_issue(repo, by=who, at=at)
    elif k=="openpr": state.open_pull_request(repo, by=who, at=at, draft=rnd.random()<.3)
    elif k=="disc": state.open_discussion(repo, by=who, at=at)
    elif k=="comment": state.comment(t, by=who, at=at)
    elif k=="min":
        said=[c for x in threads for c in x.comments]
        if said: state.minimise(rnd.choice(said))
    elif k=="label": state.add_label(t, rnd.choice(["priority/high","bug","P1","area/x","status/blocked"]), at=at)
    elif k=="unlabel":
        if t.labels: state.remove_label(t, rnd.choice(t.labels).name, at=at)
    elif k=="close":
        if t.closed_at is None: state.close(t, at=at, by=who)
    elif k=="reopen":
        if t.closed_at is not None and not getattr(t,"merged_at",None): state.reopen(t, at=at, by=who)
    elif k=="transfer":
        if not isinstance(t, PullRequest): state.transfer(t, state.repositories()[1], at=at)
    elif k=="transferin":
        o=state.repositories()[1]
        x=list(o.threads.values())
        if x: state.transfer(rnd.choice(x), repo, at=at)
    elif k=="delete": state.delete_thread(t)
    elif k=="delcomment":
        said=[c for x in threads for c in x.comments]
        if said: state.delete_comment(rnd.choice(said))
    elif k=="rename":
        names=list(repo.labels.values())
        if names:
            l=rnd.choice(names); new=rnd.choice(["priority/urgent","foo","type/bug","bug2"])
            if new.lower() not in repo.labels: state.rename_label(repo, l.name, new)
    elif k=="dellabel":
        names=list(repo.labels.values())
        if names: state.delete_label(repo, rnd.choice(names).name)
    elif k=="commit": state.commit(repo, at, email=rnd.choice([f"{who.login}@example.org","new%d@x"%rnd.randrange(5)]), name=who.login, user=rnd.choice([who,None]))
    elif k=="oldcommit": state.commit(repo, at-timedelta(days=rnd.choice([2,40,100])), email=f"{who.login}@example.org", name=who.login, user=who)
    elif k=="delaccount":
        if rnd.random()<.2: state.delete_account(who)
    elif k=="edit": state.edit(t, at=at, title="T%d"%rnd.randrange(99))
    elif k=="draft":
        if isinstance(t, PullRequest) and t.closed_at is None: (state.ready_for_review if t.is_draft else state.convert_to_draft)(t, at=at)
    elif k=="review":
        if isinstance(t, PullRequest): state.review(t, by=who, at=at)
    elif k=="merge":
        if isinstance(t, PullRequest) and t.closed_at is None: state.merge(t, at=at)
    return k

@pytest.mark.parametrize("seed", range(12))
def test_inc(tmp_path, seed):
    rnd = random.Random(seed)
    state = generate(issues=150, pull_requests=90, discussions=30, seed=seed, now=NOW)
    repo = state.repositories()[0]
    opts=[["--responders","members"],[],["--include-bots"],["--window","7d"]][seed%4]
    clock = NOW
    (tmp_path/"a").mkdir(); (tmp_path/"b").mkdir()
    with serving(state) as gh:
        for rnds in range(5):
            import shutil
            shutil.rmtree(tmp_path/"old", ignore_errors=True)
            if (tmp_path/"a"/"hist").exists(): shutil.copytree(tmp_path/"a"/"hist", tmp_path/"old")
            e = run("community-metrics", "--history", "hist", "--fail-on","never", *opts, "--repository", repo.full_name, folder=tmp_path/"a", at=gh, environ={"REPO_VITALS_NOW": format_instant(clock)})
            assert e.code == 0, e.stderr
            n = e.report["cost"]["requests"]
            f = run("community-metrics", "--fail-on","never", *opts, "--repository", repo.full_name, folder=tmp_path/"b", at=gh, environ={"REPO_VITALS_NOW": format_instant(clock)})
            print(rnds, n, e.report["cost"]["graphql_points"], f.report["cost"]["requests"], [x.operation for x in gh.log][:n] if rnds else "")
            gh.log.clear()
            A,B=figs(e),figs(f)
            if A!=B:
                from repo_vitals.concerns.community_metrics.collect import collect
                from repo_vitals.concerns.community_metrics.responses import Policy
                from repo_vitals.sources.history import History
                from repo_vitals.sources.github_connection import connect
                from repo_vitals.report.model import Cost, Window
                import dataclasses
                env=gh.environment(); con=connect(token=env["GITHUB_TOKEN"], environ=env, cost=Cost(), max_wait=timedelta(seconds=5))
                w=Window(start=clock-timedelta(days=30),end=clock)
                a={i.number:i for i in collect(con, repository=repo.full_name, window=w, policy=Policy(), history=History(tmp_path/"old")).items}
                b={i.number:i for i in collect(con, repository=repo.full_name, window=w, policy=Policy(), history=History()).items}
                print("ONLY", a.keys()^b.keys())
                for n in a.keys()&b.keys():
                    for fl in dataclasses.fields(a[n]):
                        x,y=getattr(a[n],fl.name),getattr(b[n],fl.name)
                        if x!=y and fl.name not in ("remarks","acts"): print("DIFF",n,fl.name,x,y)
            assert A==B, (rnds, {k:(A.get(k),B.get(k)) for k in {*A,*B} if A.get(k)!=B.get(k)}, done)
            assert {**e.report["data"],"notes":0}=={**f.report["data"],"notes":0}
            assert e.report["findings"]==f.report["findings"]
            assert not rnds or n<=10
            done=[]
            for _ in range(50):
                clock += timedelta(seconds=rnd.choice([0,0,30,600,3000]))
                done.append(change(state, repo, rnd, clock))
            state.now = clock
