"""SQL text as words: names, marks and keywords, without comments and the insides of strings."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.cache.analysis.refusals import Unanalysable

# In this order: what opens a comment, a string or a placeholder must not be read as a mark.
_TOKEN = re.compile(
    r"""
      (?P<space> \s+ | --[^\n]* )
    | (?P<comment> /\* )
    | (?P<escaped> [eE]'(?:[^'\\]|\\.|'')*' )
    | (?P<string> (?:[bBnNxX]|[uU]&)?'(?:[^']|'')*' )
    | (?P<dollar> \$(?P<mark>[^\W\d]\w*|)\$ )
    | (?P<placeholder> %\([^)]*\)s | %s | %% )
    | (?P<quoted> "(?:[^"]|"")+" )
    | (?P<word> [^\W\d][\w$]* )
    | (?P<number> \d[\w.]* )
    | (?P<other> [^'"] )
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_MARK = re.compile(r"/\*|\*/")


@dataclass(frozen=True, slots=True)
class Word:
    """A word as PostgreSQL understands it: unquoted ones in lower case."""

    text: str
    quoted: bool = False
    string: bool = False

    def is_any(self, *keywords: str) -> bool:
        return not self.quoted and not self.string and self.text in keywords

    @property
    def is_name(self) -> bool:
        return not self.string and (self.quoted or self.text[0].isalpha() or self.text[0] == "_")


def statements(sql: str) -> Iterator[list[Word]]:
    """The statements of a text, each as its words; none is empty."""
    words: list[Word] = []
    for word in _words(sql):
        if word.is_any(";"):
            if words:
                yield words
            words = []
        else:
            words.append(word)
    if words:
        yield words


def name_at(words: list[Word], place: int) -> tuple[list[str], int]:
    """The dotted name that begins at a place, and the place after it; empty if none begins."""
    parts: list[str] = []
    while place < len(words) and words[place].is_name:
        parts.append(words[place].text)
        if place + 1 >= len(words) or not words[place + 1].is_any("."):
            return parts, place + 1
        place += 2
    return [], place


def _words(sql: str) -> Iterator[Word]:
    place = 0
    while place < len(sql):
        found = _TOKEN.match(sql, place)
        if found is None:
            raise Unanalysable.writing("a string in the text does not end")
        place = found.end()
        kind, text = found.lastgroup, found.group()
        if kind in {"mark", "dollar"}:
            end = sql.find(text, place)
            if end < 0:
                raise Unanalysable.writing("a string in the text does not end")
            place = end + len(text)
            yield Word("$", string=True)
        elif kind == "comment":
            place = _end_of_comment(sql, place)
        elif kind in {"escaped", "string", "placeholder"}:
            yield Word("'", string=True)
        elif kind == "quoted":
            yield Word(text[1:-1].replace('""', '"').replace("%%", "%"), quoted=True)
        elif kind != "space":
            yield Word(text.lower())


def _end_of_comment(sql: str, place: int) -> int:
    """Where a comment ends; they nest."""
    depth = 1
    while depth:
        mark = _COMMENT_MARK.search(sql, place)
        if mark is None:
            raise Unanalysable.writing("a comment in the text does not end")
        depth += 1 if mark.group() == "/*" else -1
        place = mark.end()
    return place
