"""The lines of a TOML text's keys, against what `tomllib` reads from the same text."""

import tomllib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queue_server import site
from queue_server.site.lines import Key, find

TEXT = '''\
# a comment with [brackets] and "quotes"
title = "a # that is no comment"
literal = 'C:\\no\\escapes'
both.dotted."quoted key" = 1

[table]   # after a heading
many = [
    "one", # with a comment, and a ]
    [1, 2],
    { x = 1, y.z = [
        "deep",
    ] },
]
text = """
[not.a.table]
key = "no key"
with \\""" inside and two at the end"""""
literal_text = \'\'\'
[[neither]]
\'\'\'
after = 07:00:00
moment = 1979-05-27 07:32:00Z
[table.child]
inline = { "a.b" = { c = true }, 'd' = [{}] }
[[items]]
name = "first"
[items.part]
size = 1
[[items.parts]]
size = 2
[[items.parts]]
size = 3
[[items]]
name = "second"
[items.part]
size = 4
'''


def keys_of(value: object, key: Key = ()) -> Iterator[Key]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield (*key, name)
            yield from keys_of(inner, (*key, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield (*key, index)
            yield from keys_of(inner, (*key, index))


def line_with(words: str, nth: int = 1) -> int:
    found = [number for number, line in enumerate(TEXT.splitlines(), 1) if words in line]
    return found[nth - 1]


@pytest.mark.parametrize(
    ("key", "line"),
    [
        (("title",), line_with("title =")),
        (("both", "dotted", "quoted key"), line_with("both.dotted")),
        (("table",), line_with("[table]")),
        (("table", "many"), line_with("many = [")),
        (("table", "many", 0), line_with('"one"')),
        (("table", "many", 1, 1), line_with("[1, 2]")),
        (("table", "many", 2, "y", "z", 0), line_with('"deep"')),
        (("table", "text"), line_with('text = """')),
        (("table", "literal_text"), line_with("literal_text")),
        (("table", "after"), line_with("after =")),
        (("table", "moment"), line_with("moment =")),
        (("table", "child", "inline", "a.b", "c"), line_with("inline =")),
        (("table", "child", "inline", "d", 0), line_with("inline =")),
        (("items", 0), line_with("[[items]]")),
        (("items", 0, "part", "size"), line_with("size = 1")),
        (("items", 0, "parts", 1), line_with("[[items.parts]]", 2)),
        (("items", 0, "parts", 1, "size"), line_with("size = 3")),
        (("items", 1), line_with("[[items]]", 2)),
        (("items", 1, "part", "size"), line_with("size = 4")),
    ],
)
def test_each_key_has_its_line(key: Key, line: int) -> None:
    assert find(TEXT).at[key] == line


@pytest.mark.parametrize("text", [TEXT, site.demo().read_text(encoding="utf-8")], ids=["text", "demo"])
def test_exactly_the_keys_of_the_document_are_found(text: str) -> None:
    found = find(text)
    assert set(found.at) == set(keys_of(tomllib.loads(text)))
    assert found.twice == ()


def test_what_is_missing_stands_where_its_table_stands() -> None:
    found = find(TEXT)
    assert found.of(("items", 1, "part", "colour")) == line_with("[items.part]", 2)
    assert found.of(("nowhere",)) == 0


def test_a_table_named_by_its_children_first_stands_at_its_own_heading() -> None:
    assert find("[a.b]\n\n[a]\nx = 1\n").at[("a",)] == 3


def test_repeated_headings_and_keys_are_found_with_both_lines() -> None:
    found = find("[a]\nx = 1\nx = 2\n[b]\n[a]\nx = 3\n[[c]]\nx = 1\n[[c]]\nx = 1\n")
    assert [(twice.key, twice.line, twice.first) for twice in found.twice] == [
        (("a", "x"), 3, 2),
        (("a",), 5, 1),
    ]


def test_lines_before_the_place_where_a_text_breaks_are_known() -> None:
    found = find('[a]\nx = 1\n[b\ny = 2\n[c]\nz = "open\n')
    assert found.at[("a", "x")] == 2
    assert ("c", "z") not in found.at


@given(st.text(alphabet="ab=[]{}\"'.,#\\\n 1", max_size=60))
def test_any_text_is_walked_to_an_end_and_toml_is_walked_whole(text: str) -> None:
    found = find(text)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    assert set(found.at) == set(keys_of(document))
