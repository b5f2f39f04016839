"""Paths of reports as paths of the repository: by rules, source folders, checkout, Go module, and common beginnings."""
from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.coverage.paths import Mapping, Placed, go_module, mapped, normal, placed

TREE = frozenset({
    "setup.py", "src/pkg/__init__.py", "src/pkg/calc.py", "src/pkg/sub/__init__.py", "src/lib.rs", "src/main.rs",
    "backend/app/main.py", "backend/app/util.py", "backend/tools/util.py",
    "core/src/main/java/org/demo/Util.java", "core/src/main/java/org/demo/Main.java",
    "web/src/main/java/org/demo/web/Page.java", "web/src/main/java/org/demo/Util.java", "go/fib/fib.go", "fib.go",
})


def one(path: str, mapping: Mapping | None = None, **more: object) -> str:
    return mapped([path], mapping or Mapping(tree=TREE, checkout="/home/runner/work/demo/demo"), **more)[path]


@pytest.mark.parametrize(("written", "expected"), [
    ("src/lib.rs", "src/lib.rs"),
    ("./src/lib.rs", "src/lib.rs"),
    ("src//pkg/../lib.rs", "src/lib.rs"),
    ("src\\pkg\\calc.py", "src/pkg/calc.py"),
    ("/home/runner/work/demo/demo/src/lib.rs", "src/lib.rs"),
    ("file:///home/runner/work/demo/demo/src/lib.rs", "src/lib.rs"),
    ("/home/runner/work/demo/demonstration/x.rs", "/home/runner/work/demo/demonstration/x.rs"),
    ("D:\\a\\demo\\demo\\src\\pkg\\calc.py", "src/pkg/calc.py"),
    ("/builds/somewhere/demo/src/pkg/calc.py", "src/pkg/calc.py"),
    ("app/main.py", "backend/app/main.py"),
    ("util.py", "util.py"),
    ("../outside.py", "../outside.py"),
    ("../../src/lib.rs", "src/lib.rs"),
    ("../../etc/passwd", "../../etc/passwd"),
    ("nowhere/to/be/found.py", "nowhere/to/be/found.py"),
    ("webpack:///./src/pkg/calc.py", "src/pkg/calc.py"),
    ("webpack:///src/pkg/calc.py", "src/pkg/calc.py"),
    ("webpack://demo/./src/pkg/calc.py", "src/pkg/calc.py"),
    ("webpack://demo/src/pkg/calc.py", "src/pkg/calc.py"),
    ("webpack:///./app/main.py", "backend/app/main.py"),
    ("webpack://@scope/demo/./src/pkg/calc.py", "src/pkg/calc.py"),
    ("webpack:///gone.ts", "webpack:/gone.ts"),
    ("webpack://left/node_modules/left/src/lib.rs", "webpack:/left/node_modules/left/src/lib.rs"),
])
def test_a_path_is_found_in_the_tree_or_stays_as_it_is(written: str, expected: str):
    assert one(written) == expected


@pytest.mark.parametrize(("sources", "written", "expected"), [
    (["."], "src/lib.rs", "src/lib.rs"),
    (["src"], "pkg/calc.py", "src/pkg/calc.py"),
    (["/home/runner/work/demo/demo/src"], "pkg/calc.py", "src/pkg/calc.py"),
    (["C:\\work\\demo\\", "C:\\work\\demo\\src\\"], "pkg\\calc.py", "src/pkg/calc.py"),
    (["/home/jane/demo"], "src/lib.rs", "src/lib.rs"),
    (["/app/backend", "/app/src"], "pkg/calc.py", "src/pkg/calc.py"),
    (["/usr/lib"], "no/such.py", "no/such.py"),
    (["src", "backend"], "/home/runner/work/demo/demo/src/lib.rs", "src/lib.rs"),
    (["go/fib"], "fib.go", "go/fib/fib.go"),
])
def test_a_reports_source_folders_are_tried(sources: list[str], written: str, expected: str):
    assert one(written, sources=sources) == expected


def test_without_a_tree_a_relative_source_folder_still_counts():
    nothing = Mapping(checkout="/work")
    assert one("Calc.php", nothing, sources=["src"]) == "src/Calc.php"
    assert one("a.py", nothing, sources=["."]) == "a.py"
    assert one("/work/a.py", nothing) == "a.py"
    assert one("a.py", nothing, sources=["/work/src"]) == "src/a.py"
    assert one("/elsewhere/a.py", nothing) == "/elsewhere/a.py"


def test_a_users_rules_come_first():
    mapping = Mapping(tree=TREE, checkout="/home/runner/work/demo/demo",
                      rules=(("/app/", "backend/app"), ("C:\\x", ""), ("old", "src/pkg"), ("/src/out", "src")))
    assert one("/app/main.py", mapping) == "backend/app/main.py"
    assert one("/application/main.py", mapping) == "/application/main.py"
    assert one("C:\\x\\src\\lib.rs", mapping) == "src/lib.rs"
    assert one("old/calc.py", mapping) == "src/pkg/calc.py"
    assert one("old/gone.py", mapping) == "src/pkg/gone.py"
    assert one("lib.rs", mapping, sources=["/src/out"]) == "src/lib.rs"


def test_the_beginning_that_fits_most_files_is_taken_away_and_a_librarys_file_is_left_alone():
    library = "/root/.cargo/registry/src/index/serde-1.0.0/src/lib.rs"
    found = mapped(["/build/src/lib.rs", "/build/src/main.rs", library], Mapping(tree=TREE))
    assert found == {"/build/src/lib.rs": "src/lib.rs", "/build/src/main.rs": "src/main.rs", library: library}


LIBRARIES = [
    "/root/.cargo/registry/src/index.crates.io-6f/serde-1.0.1/src/lib.rs",
    "/usr/local/cargo/git/checkouts/serde-1/ab/src/lib.rs", "/rustc/90b35a6/src/lib.rs",
    "/usr/lib/python3/dist-packages/setup.py", "/venv/lib/python3.12/site-packages/setup.py",
    "/app/node_modules/left/src/main.rs", "/usr/include/src/main.rs", "/root/go/pkg/mod/example.com/x@v1/fib.go",
    "../../.cargo/registry/src/index/serde-1.0.1/src/lib.rs",
]


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_dependencys_file_is_never_taken_for_the_repositorys(library: str):
    checkout = Mapping(tree=TREE, checkout="/home/runner/work/demo/demo")
    assert one(library, checkout) == library
    for own in ("/home/runner/work/demo/demo/src/pkg/calc.py", "src/pkg/calc.py", "/build/src/pkg/calc.py"):
        assert mapped([own, library], checkout) == {own: "src/pkg/calc.py", library: library}


@pytest.mark.parametrize(("own", "kind"), [
    ("/home/runner/work/demo/demo/src/main.rs", "file"), ("src/main.rs", "file"), ("/app/main.rs", "file"),
    ("example.com/demo/fib.go", "go")])
def test_no_beginning_is_taken_away_where_a_path_was_found_without(own: str, kind: str):
    mapping = Mapping(tree=TREE, checkout="/home/runner/work/demo/demo", rules=(("/app", "src"),),
                      go_modules=(("example.com/demo", ""),))
    other = "example.com/other/go/fib/fib.go" if kind == "go" else "/opt/vendored/src/lib.rs"
    found = mapped([own, other], mapping, kind=kind)
    assert found[own] in TREE
    assert found[other] == other


def test_no_two_paths_of_a_report_become_one_file_by_a_beginning():
    assert mapped(["main.py", "app/main.py"], Mapping(tree=TREE)) == {
        "main.py": "main.py", "app/main.py": "backend/app/main.py"}
    assert mapped(["pkg/calc.py", "src/pkg/calc.py"], Mapping(tree=TREE)) == {
        "pkg/calc.py": "pkg/calc.py", "src/pkg/calc.py": "src/pkg/calc.py"}
    # Two spellings of one path are one file still.
    assert set(mapped(["/b/src/lib.rs", "/b/./src/lib.rs"], Mapping(tree=TREE)).values()) == {"src/lib.rs"}


def test_a_file_of_several_places_is_found_by_where_the_others_are():
    found = mapped(["app/main.py", "app/util.py"], Mapping(tree=TREE))
    assert found == {"app/main.py": "backend/app/main.py", "app/util.py": "backend/app/util.py"}
    assert mapped(["util.py"], Mapping(tree=TREE)) == {"util.py": "util.py"}


def test_packages_of_java_are_found_below_their_source_folders():
    paths = ["org/demo/Main.java", "org/demo/web/Page.java", "org/other/Gone.java"]
    assert mapped(paths, Mapping(tree=TREE), kind="package") == {
        "org/demo/Main.java": "core/src/main/java/org/demo/Main.java",
        "org/demo/web/Page.java": "web/src/main/java/org/demo/web/Page.java",
        "org/other/Gone.java": "org/other/Gone.java"}
    # Two modules have it, and both have other files of the report: there is no telling.
    assert mapped([*paths, "org/demo/Util.java"], Mapping(tree=TREE), kind="package")[
        "org/demo/Util.java"] == "org/demo/Util.java"


def test_folders_of_kotlin_may_leave_out_the_beginning_of_the_package():
    tree = frozenset({"app/src/main/kotlin/web/Page.kt", "app/src/main/kotlin/A.kt", "lib/A.kt", "x/web/Other.java"})
    paths = ["org/demo/web/Page.kt", "org/demo/A.kt", "org/demo/web/Other.java"]
    assert mapped(paths, Mapping(tree=tree), kind="package") == {
        "org/demo/web/Page.kt": "app/src/main/kotlin/web/Page.kt", "org/demo/A.kt": "org/demo/A.kt",
        "org/demo/web/Other.java": "org/demo/web/Other.java"}


def test_many_files_of_one_name_are_found_in_time():
    tree = frozenset({f"back/p{number}/sub/__init__.py" for number in range(3_000)})
    paths = [f"p{number}/sub/__init__.py" for number in range(3_000)]
    begun = time.process_time()
    found = mapped(paths, Mapping(tree=tree))
    assert time.process_time() - begun < 5
    # So many end alike that they are not looked through, and nothing is guessed.
    assert found == {path: path for path in paths}
    assert mapped(paths[:9], Mapping(tree=frozenset(sorted(tree)[:900])))["p1/sub/__init__.py"] == (
        "back/p1/sub/__init__.py")


def test_modules_of_go_are_found_by_their_go_mod_the_longest_first():
    mapping = Mapping(tree=TREE, go_modules=(("example.com/demo", ""), ("example.com/demo/fib", "go/fib")))
    assert one("example.com/demo/fib/fib.go", mapping, kind="go") == "go/fib/fib.go"
    assert one("example.com/demo/fib.go", mapping, kind="go") == "fib.go"
    assert one("example.com/demonstration/x.go", mapping, kind="go") == "example.com/demonstration/x.go"
    assert one("example.com/demo/go/fib/fib.go", Mapping(tree=TREE), kind="go") == "go/fib/fib.go"


@pytest.mark.parametrize(("text", "module"), [
    ("module example.com/demo\n\ngo 1.22\n", "example.com/demo"),
    ("// comment\nmodule  \"example.com/demo\" // why\n", "example.com/demo"),
    ("module `example.com/demo`\r\n", "example.com/demo"),
    ("go 1.22\n", None), ("module\n", None), ("modules x\n", None), ("", None)])
def test_a_go_mod_tells_its_module(text: str, module: str | None):
    assert go_module("sub/go.mod", text) == (None if module is None else (module, "sub"))
    assert go_module("go.mod", text) == (None if module is None else (module, ""))


PARTS = st.lists(st.sampled_from(["a", "b", "src", "..", ".", "c.py", "d.py", "", "C:", "\\"]), min_size=1, max_size=6)


@given(st.lists(PARTS.map("/".join), min_size=1, max_size=6), st.frozensets(PARTS.map("/".join).map(normal)),
       st.lists(PARTS.map("/".join), max_size=2), st.sampled_from(["file", "go", "package"]))
def test_every_path_becomes_one_that_ends_as_it_does_or_stays(
    paths: list[str], tree: frozenset[str], sources: list[str], kind: str,
):
    mapping = Mapping(tree=tree - {""}, checkout="/a/b")
    found = mapped(paths, mapping, sources=sources, kind=kind)
    assert found.keys() == set(paths)
    for path, target in found.items():
        name = normal(path).rpartition("/")[2]
        assert target.rpartition("/")[2] == name or name in ("", "..") or target in mapping.tree
    assert mapped(list(reversed(paths)), mapping, sources=sources, kind=kind) == found


def test_a_report_s_own_folder_and_those_above_tell_files_of_one_name_apart():
    tree = frozenset({"src/index.js", "packages/a/src/index.js", "packages/b/src/index.js", "packages/b/src/other.js"})
    for folder, expected in (("packages/a/coverage", "packages/a/src/index.js"),
                             ("packages/b", "packages/b/src/index.js"), ("coverage", "src/index.js"),
                             ("", "src/index.js")):
        assert one("src/index.js", Mapping(tree=tree), folder=folder) == expected
        assert one("/app/src/index.js", Mapping(tree=tree), folder=folder) == expected
    assert mapped(["packages/a/src/index.js", "src/index.js", "packages/b/src/other.js"], Mapping(tree=tree),
                  folder="packages/a/coverage")["src/index.js"] == "src/index.js"


def test_modules_of_java_are_told_apart_by_the_folder_and_by_the_group():
    assert one("org/demo/Util.java", Mapping(tree=TREE), kind="package", folder="web/target/site/jacoco") == (
        "web/src/main/java/org/demo/Util.java")
    found = placed({"x": ("core", "org/demo/Util.java"), "y": ("all/web", "org/demo/Util.java"),
                    "z": ("", "org/demo/Util.java"), "n": ("", "org/demo/None.java")}, Mapping(tree=TREE),
                   kind="package")
    assert found == {"x": Placed("core/src/main/java/org/demo/Util.java"),
                     "y": Placed("web/src/main/java/org/demo/Util.java"),
                     "z": Placed("org/demo/Util.java", "many"), "n": Placed("org/demo/None.java", "none")}


HERE = "/home/runner/work/demo/demo"
TWINS = frozenset({"app/version.py", "backend/app/main.py", "src/index.js", "packages/b/src/y.js"})


@pytest.mark.parametrize("source", [f"{HERE}/backend", "backend", "/app/backend", "C:\\x\\backend"])
def test_a_file_that_a_report_s_source_folder_lacks_is_not_one_of_the_same_words_elsewhere(source: str):
    found = mapped(["app/main.py", "app/version.py"], Mapping(tree=TWINS, checkout=HERE), sources=[source])
    assert found == {"app/main.py": "backend/app/main.py", "app/version.py": "backend/app/version.py"}


def test_a_source_folder_of_the_checkout_counts_though_more_files_of_the_same_words_are_elsewhere():
    mapping = Mapping(tree=TWINS | {"app/main.py", "app/more.py", "x/app/gone.py"}, checkout=HERE)
    names = ["app/main.py", "app/version.py", "app/more.py", "app/gone.py"]
    assert mapped(names, mapping, sources=[f"{HERE}/backend"]) == {
        "app/main.py": "backend/app/main.py", "app/version.py": "backend/app/version.py",
        "app/more.py": "backend/app/more.py", "app/gone.py": "app/gone.py"}
    # A folder that holds nothing of the repository tells nothing.
    assert one("app/more.py", mapping, sources=[f"{HERE}/build/lib"]) == "app/more.py"
    # Neither does one that the tool puts its files below though they are named from the top.
    assert mapped(["app/more.py", "backend/app/main.py"], mapping, sources=["app"])["app/more.py"] == "app/more.py"


def test_a_file_that_a_report_s_own_folder_lacks_is_not_one_of_the_same_words_elsewhere():
    found = placed({path: ("", path) for path in ("src/y.js", "src/index.js", "src/gone.js")}, Mapping(tree=TWINS),
                   folder="packages/b/coverage")
    assert found == {"src/y.js": Placed("packages/b/src/y.js"), "src/index.js": Placed("packages/b/src/index.js"),
                     "src/gone.js": Placed("src/gone.js", "none")}


@pytest.mark.parametrize("paths", [["/home/x/repo/src/a.c", "/usr/src/a.c"], ["/home/x/repo/src/a.c", "/opt/src/b.c"]])
def test_of_two_beginnings_that_find_as_many_files_neither_is_taken_away(paths: list[str]):
    mapping = Mapping(tree=frozenset({"src/a.c", "src/b.c", "web/src/a.c"}))
    assert mapped(paths, mapping) == {path: path for path in paths}
    # Ways to read the same paths are no such.
    assert one("/app/web/src/a.c", mapping, folder="web") == "web/src/a.c"


def test_a_group_is_looked_for_before_the_package():
    tree = frozenset(f"m/{name}/src/main/java/com/app/A.java" for name in ("app", "x"))
    found = placed({name: (name, "com/app/A.java") for name in ("app", "x")}, Mapping(tree=tree), kind="package")
    assert found == {name: Placed(f"m/{name}/src/main/java/com/app/A.java") for name in ("app", "x")}
