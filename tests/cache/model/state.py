"""What the model remembers: a database, a cache server, a few writers and readers.

**Modelled.** One table whose content is the set of writers that have committed, one cached answer
(the entry), which may expire at any moment, the one tag that it depends on, and the epoch.
**Atomic** are: a command or script of the cache server (`scripts`), the database's COMMIT, a
query's snapshot at READ COMMITTED, and what PostgreSQL says of a transaction. Between two of these
anything else may happen, for any time: there are no clocks, and so no timeout can be trusted.
**Faults** (`faults`), each at most once in a run: a COMMIT is refused; a writer stops for ever,
with its COMMIT perhaps still under way; the server drops the tag or the registrations; is wiped;
comes back in any earlier state; writers cannot reach it, or lose its answer.
**Left out.** Whether the tags found for a statement are the right ones; several entries, tags or
servers; an old primary that is cut off and still answers; replicas; near caches; the two seconds of
`fence`. In rows 15 and 16 a missing tag makes the epoch wait for the transactions in flight. With
one tag that is the same as a tag that waits itself, if `finish` does not open it before its time.
"""

from typing import NamedTuple

Writers = frozenset[int]
NOBODY: Writers = frozenset()

# Where a writer stands: the names are what it does next.
CLOSE, COMMIT, FINISH, RETURN, ENDED = "close", "commit", "finish", "return", "ended"
WAIT_OUT = "wait until the epoch has lapsed"  # cut off from the cache, policy `fence`
IN_DOUBT = "in doubt"  # it stopped after asking for COMMIT; the database has not decided yet
IN_FLIGHT = frozenset({COMMIT, WAIT_OUT, IN_DOUBT})

# Where a reader stands.
LOOK, COMPARE, QUERY, NOTE, STORE = "look", "compare", "query", "note", "store"
BEGUN = "begun"  # inside a REPEATABLE READ transaction whose snapshot is taken


class Tag(NamedTuple):
    """What answers depend on. While closed, nothing is stored or served under it."""

    token: int
    is_open: bool


class Epoch(NamedTuple):
    """Whose data this is. A closed one opens when the transactions it awaits have ended."""

    token: int
    is_open: bool
    awaited: Writers | None = None  # None: not asked yet which are in flight


class Entry(NamedTuple):
    """A cached answer, and the tokens under which it was filled."""

    rows: Writers
    tag: int
    epoch: int


class Cache(NamedTuple):
    """All that the cache server holds, and all that it can lose."""

    entry: Entry | None
    tag: Tag | None
    registered: Writers
    epoch: Epoch | None


class Floor(NamedTuple):
    """What the database showed, and which commits had returned, when a read began."""

    visible: Writers
    returned: Writers
    owed: Writers  # committed without the cache's knowledge, and not paid yet


class Noted(NamedTuple):
    """The tokens a reader will store its rows under."""

    tag: int
    epoch: int


class Reader(NamedTuple):
    """One read on its way; `noted` stays empty where nothing may be stored."""

    at: str = LOOK
    noted: Noted | None = None
    rows: Writers | None = None
    held: Entry | None = None  # split reads: the entry, whose tokens are not compared yet
    floor: Floor | None = None
    inside: int | None = None  # the writer in whose transaction this reads


IDLE = Reader()


class State(NamedTuple):
    """Everything at one moment. Two that differ in the names of tokens only are the same."""

    visible: Writers
    returned: Writers
    debts: Writers  # rows of the debt table; as their transaction's, seen once it is visible
    cache: Cache
    writers: tuple[str, ...]
    readers: tuple[Reader, ...]
    replica: Cache | None  # an earlier state the server may come back in
    happened: frozenset[str]  # the faults that are used up
    fresh: int  # the next token; `renaming` counts it


def beginning(*, writers: int, at: str, readers: int) -> State:
    """Writers that have written and not committed yet, and an empty cache."""
    return State(
        visible=NOBODY,
        returned=NOBODY,
        debts=NOBODY,
        cache=Cache(None, None, NOBODY, Epoch(1, is_open=True)),
        writers=(at,) * writers,
        readers=(IDLE,) * readers,
        replica=None,
        happened=frozenset(),
        fresh=2,
    )


class Move(NamedTuple):
    """One atomic thing that may happen next, and what it leads to."""

    text: str
    state: State
    writer: int | None = None
    reader: int | None = None
    rows: Writers | None = None
    floor: Floor | None = None  # of a hit
    breaks: str = ""  # the rule that this hit breaks
    is_fault: bool = False


def writer_to(state: State, i: int, at: str) -> tuple[str, ...]:
    """The writers, with one of them elsewhere."""
    return (*state.writers[:i], at, *state.writers[i + 1 :])


def reader_to(state: State, j: int, reader: Reader) -> tuple[Reader, ...]:
    """The readers, with one of them elsewhere."""
    return (*state.readers[:j], reader, *state.readers[j + 1 :])


def in_flight(state: State) -> Writers:
    """The transactions that the database has not decided and that passed their close."""
    return frozenset(i for i, at in enumerate(state.writers) if at in IN_FLIGHT)
