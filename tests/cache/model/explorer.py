"""Breadth-first search through every interleaving, so that the first lie found is the shortest."""

from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from tests.cache.model.faults import fault_moves
from tests.cache.model.keepers import keeper_moves
from tests.cache.model.protocol import Protocol
from tests.cache.model.readers import reader_moves
from tests.cache.model.renaming import IN_ORDER, Normal, Numbers, normal, with_repeating_tokens
from tests.cache.model.state import CLOSE, COMMIT, Move, State, Writers, beginning
from tests.cache.model.writers import writer_moves


@dataclass(frozen=True)
class Cell:
    """One question to the model: a protocol, the faults it meets, how many read."""

    protocol: Protocol
    faults: Collection[str] = ()
    writers: int = 2
    readers: int = 2
    forgiving: bool = False  # of what was owed when the read began
    forget: bool = True  # what can never be valid again; `renaming` says why that is sound

    def start(self) -> State:
        at = CLOSE if self.protocol.has("close before commit") else COMMIT
        return self.named(beginning(writers=self.writers, at=at, readers=self.readers)).state

    def moves(self, state: State) -> Iterator[Move]:
        yield from writer_moves(state, self.protocol)
        yield from reader_moves(state, self.protocol, forgiving=self.forgiving)
        yield from keeper_moves(state, self.protocol)
        yield from fault_moves(state, self.protocol, self.faults)

    def named(self, state: State) -> Normal:
        if self.protocol.has("unique tokens"):
            forget = self.forget and self.protocol.has("missing is a miss")
            return normal(state, self.protocol, forget=forget)
        return Normal(with_repeating_tokens(state), IN_ORDER[self.writers], IN_ORDER[self.readers])


@dataclass(frozen=True)
class Edge:
    """How a state was first reached."""

    before: State
    move: Move
    writers: Numbers
    readers: Numbers


@dataclass
class Found:
    """What a search saw: the rules that can be broken, each with its shortest story."""

    states: int = 0
    stories: dict[str, list[str]] = field(default_factory=dict)

    @property
    def broken(self) -> set[str]:
        return set(self.stories)

    def __str__(self) -> str:
        return "\n".join(
            f"{rule} is broken by:\n    " + "\n    ".join(story)
            for rule, story in sorted(self.stories.items())
        )


def explore(cell: Cell, *, until: Collection[str] = ()) -> Found:
    """Visit every state, or stop as soon as the rules named in `until` are all broken."""
    start = cell.start()
    reached: dict[State, Edge | None] = {start: None}
    waiting = deque([start])
    found = Found()
    while waiting:
        state = waiting.popleft()
        for move in cell.moves(state):
            if move.breaks and move.breaks not in found.stories:
                found.stories[move.breaks] = story(reached, state, move)
                if until and found.broken >= set(until):
                    found.states = len(reached)
                    return found
            if move.state in reached:
                continue  # under its one name already, which is common and quicker seen than made
            after, writers, readers = cell.named(move.state)
            if after not in reached:
                reached[after] = Edge(state, move, writers, readers)
                waiting.append(after)
    found.states = len(reached)
    return found


def story(reached: dict[State, Edge | None], state: State, last: Move) -> list[str]:
    """The way to the last move in words; writers and readers keep their numbers throughout."""
    edges = []
    while (edge := reached[state]) is not None:
        edges.append(edge)
        state = edge.before
    writers, readers = IN_ORDER[len(state.writers)], IN_ORDER[len(state.readers)]
    lines = []
    for edge in reversed(edges):
        lines.append(told(edge.move, writers, readers))
        writers = tuple(writers[i] for i in edge.writers)
        readers = tuple(readers[j] for j in edge.readers)
    return [*lines, told(last, writers, readers)]


def told(move: Move, writers: Numbers, readers: Numbers) -> str:
    """One line: who did what, under the numbers that they had at the beginning."""

    def names(some: Writers) -> str:
        return ", ".join(f"W{i}" for i in sorted(writers[i] for i in some)) or "nothing"

    line = move.text
    if move.writer is not None:
        writer = f"W{writers[move.writer]}"
        line = f"{writer} {line}" if move.reader is None else f"in {writer}'s transaction {line}"
    if move.reader is not None:
        line = f"R{readers[move.reader]} {line}"
    if move.rows is not None:
        line += f": {names(move.rows)}"
    if move.floor is not None:
        line += f" (visible: {names(move.floor.visible)}; returned: {names(move.floor.returned)})"
    return line


def states_that_stay_closed(cell: Cell) -> list[State]:
    """The reachable states from which no schedule without a further fault opens tag and epoch."""
    before: dict[State, list[State]] = {}
    waiting = deque([cell.start()])
    reached = set(waiting)
    while waiting:
        state = waiting.popleft()
        for move in cell.moves(state):
            after = cell.named(move.state).state
            if not move.is_fault:
                before.setdefault(after, []).append(state)
            if after not in reached:
                reached.add(after)
                waiting.append(after)
    opening = deque(state for state in reached if is_open(state))
    opens = set(opening)
    while opening:
        for state in before.get(opening.popleft(), ()):
            if state not in opens:
                opens.add(state)
                opening.append(state)
    return [state for state in reached if state not in opens]


def is_open(state: State) -> bool:
    """Whether a reader could fill now, and be served."""
    tag, epoch = state.cache.tag, state.cache.epoch
    return tag is not None and tag.is_open and epoch is not None and epoch.is_open
