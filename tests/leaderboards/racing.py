"""Writers who wait for nobody."""

import threading

from app.leaderboards import Asked, Leaderboards
from tests.leaderboards.ranking import RANKING, apply, build


def race(boards: Leaderboards) -> dict[str, int]:
    """Four of them, each reading what changed since the version of the copy; gives the totals."""
    source, changed_at = {"a": 0}, {"a": 1}
    build(boards, source)
    lock = threading.Lock()

    def write(name: str) -> None:
        for number in range(40):
            with lock:
                source[name] = number
                changed_at[name] = version = max(changed_at.values()) + 1
            while (reached := replayed(boards, source, changed_at, lock)) < version:
                assert reached

    writers = [threading.Thread(target=write, args=(name,)) for name in "wxyz"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    return source


def replayed(
    boards: Leaderboards,
    source: dict[str, int],
    changed_at: dict[str, int],
    lock: threading.Lock,
) -> int:
    found = boards.look(RANKING, Asked(0))
    assert found is not None
    with lock:
        newest = max(changed_at.values())
        late = {one: source[one] for one in source if changed_at[one] > found.version}
    return apply(boards, late, since=found.version, version=newest) or 0
