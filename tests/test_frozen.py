"""Frozen dataclasses made here do what the standard library's do: each class is made by both, and asked the same."""
from __future__ import annotations

import copy
import dataclasses
import pickle
import re
import sys
import types
from pathlib import Path
from typing import ClassVar

import pytest

import repo_vitals
from repo_vitals.frozen import dataclass

SOURCES = Path(repo_vitals.__file__).parent
PLAIN = """
@dataclass(frozen=True, kw_only=True)
class One:
    a: int
    b: str = "b"
    c: list = field(default_factory=list, hash=False)
    d: float = field(default=0.5, repr=False)
"""
ORDERED = """
@dataclass(frozen=True)
class One:
    a: int
    b: int = 2
    c: int = field(default=3, kw_only=True)

    def __repr__(self):
        return "by hand"
"""
DERIVED = """
@dataclass(frozen=True, kw_only=True)
class Base:
    a: int
    b: tuple = ()

    def __post_init__(self):
        if self.a < 0:
            raise ValueError("below zero")

    @property
    def twice(self):
        return self.a * 2

@dataclass(frozen=True, kw_only=True)
class One(Base):
    '''With a word about it.'''
    b: tuple = (1,)
    c: int = field(default=7, compare=False)

class More(One):
    extra = None
"""
COMPUTED = """
@dataclass(frozen=True)
class One:
    a: int
    b: int = field(init=False)
    c: dict = field(init=False, default_factory=dict, compare=False)

    def __post_init__(self):
        object.__setattr__(self, "b", self.a + 1)

    def __eq__(self, other):
        return self.a == other.a
"""
UNEQUAL = """
@dataclass(frozen=True, eq=False)
class One:
    a: object = None
"""
EMPTY = """
@dataclass(frozen=True)
class One:
    pass
"""
CLASSES = [PLAIN, ORDERED, DERIVED, COMPUTED, UNEQUAL, EMPTY]
QUESTIONS = """
One(a=1)
One(1)
One(1, 2)
One(1, 2, c=4)
One()
One(a=1, b=2, c=4)
One(a=1, zz=2)
One(a=1) == One(a=1)
One(a=1) == One(a=2)
One(a=1) != One(a=1)
One(a=1) == 1
One(a=1) < One(a=2)
One() == One()
hash(One(a=1)) == hash(One(a=1))
hash(One()) == hash(One())
len({One(a=1), One(a=1), One(a=2)})
setattr(One(a=1), "a", 2)
setattr(One(a=1), "new", 2)
delattr(One(a=1), "a")
setattr(One(), "a", 2)
One(a=1).c is One(a=1).c
One(a=1).d != One(a=1).d
One(a=1).__dict__
One(a=-1)
One(a=2).twice
replace(One(a=1), a=5)
replace(One(a=1), a=5).a
replace(One(a=1), zz=5)
asdict(One(a=1))
[(each.name, each.type, each.kw_only, each.init) for each in fields(One)]
One.__match_args__
One.b
One.c
copy.copy(One(a=1)).__dict__
copy.deepcopy(One(a=1)).__dict__
pickle.loads(pickle.dumps(One(a=1))).__dict__
setattr(pickle.loads(pickle.dumps(One(a=1))), "a", 2)
More(a=1)
More(a=1) == One(a=1)
setattr(More(a=1), "a", 2)
setattr(More(a=1), "extra", 2)
delattr(More(a=1), "extra")
One.__hash__ is object.__hash__
One.__eq__ is object.__eq__
One.__qualname__
One.__init__.__qualname__
is_dataclass(One) and is_dataclass(One(a=1))
""".strip().splitlines()


def answers(text: str, decorator, monkeypatch) -> list[str]:
    """What the class says to each question: a value, or the error."""
    module = types.ModuleType("made_for_a_test")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    for name in ("asdict", "field", "fields", "is_dataclass", "replace"):
        setattr(module, name, getattr(dataclasses, name))
    names = vars(module)
    names.update(dataclass=decorator, copy=copy, pickle=pickle)
    exec(text, names)
    return [f"{question}: {answer(question, names)}" for question in QUESTIONS]


def answer(question: str, names: dict[str, object]) -> str:
    try:
        return repr(eval(question, names))
    except Exception as error:  # noqa: BLE001 - which it is, is the answer
        return f"{type(error).__name__} {error}"


@pytest.mark.parametrize("text", CLASSES)
def test_a_frozen_class_answers_as_the_standard_librarys(text, monkeypatch):
    ours, theirs = (answers(text, decorator, monkeypatch) for decorator in (dataclass, dataclasses.dataclass))
    assert ours == theirs


def test_objects_that_hold_the_same_nan_are_equal_in_every_version_of_python():
    @dataclass(frozen=True)
    class One:
        a: float

    nan = float("nan")
    assert One(nan) == One(nan)
    assert One(nan) != One(float("nan"))


@pytest.mark.parametrize("options", [{}, {"frozen": False}, {"frozen": True, "slots": True},
                                     {"frozen": True, "order": True}, {"kw_only": True, "eq": False}])
def test_what_is_not_plain_and_frozen_is_the_standard_librarys(options):
    class One:
        a: int = 0
    made = dataclass(**options)(One)
    assert made.__init__.__code__.co_filename == "<string>"
    assert made.__dataclass_params__.frozen == options.get("frozen", False)
    assert hasattr(made, "__slots__") == options.get("slots", False)


def test_what_is_not_known_here_is_refused_where_the_class_is_made():
    class One:
        a: ClassVar[int] = 0

    with pytest.raises(TypeError, match="ClassVar"):
        dataclass(One, frozen=True)


def test_no_module_makes_frozen_classes_in_the_slow_way():
    slow = [path for path in SOURCES.rglob("*.py") if path.name != "frozen.py"
            and re.search(r"^@dataclass\([^)]*frozen=True", text := path.read_text(encoding="utf-8"), re.MULTILINE)
            and "from repo_vitals.frozen import dataclass\n" not in text]
    assert slow == []
