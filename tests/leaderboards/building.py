"""What holds while a copy is built anew: part of the contract."""

from typing import Any

import pytest

from app.leaderboards import Asked, Leaderboards, Place, copies
from tests.leaderboards.ranking import NOW, RANKING, apply, build, page, places


class Building:
    """Wants the fixtures of the contract."""

    def test_only_one_builds_at_a_time(self, boards: Leaderboards) -> None:
        def totals() -> Any:  # noqa: ANN401 (a generator)
            yield "a", 1
            assert not build(boards, {"b": 2})
            yield "c", 3

        built = boards.build(RANKING, totals(), epoch="here", version=1, at=NOW)

        assert built
        assert page(boards) == places({"a": 1, "c": 3})

    @pytest.mark.parametrize("more", [0, 9])
    def test_a_builder_who_was_taken_for_dead_stops_and_finishes_nothing(
        self,
        boards: Leaderboards,
        client: Any,  # noqa: ANN401 (redis-py's)
        monkeypatch: pytest.MonkeyPatch,
        more: int,
    ) -> None:
        """Neither where it has written all, nor where it goes on to write."""
        monkeypatch.setattr(copies, "STEP", 1)
        read = []

        def totals() -> Any:  # noqa: ANN401 (a generator)
            yield "old", 1
            client.delete(RANKING.builder)  # silent for too long
            assert build(boards, {"new": 2}, version=2)
            for number in range(more):
                read.append(number)
                yield f"older{number}", 1

        built = boards.build(RANKING, totals(), epoch="here", version=1, at=NOW)

        assert not built
        assert len(read) <= 1
        assert page(boards) == places({"new": 2})

    def test_a_draft_that_the_server_evicted_is_not_taken_for_the_whole(
        self,
        boards: Leaderboards,
        client: Any,  # noqa: ANN401 (redis-py's)
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(copies, "STEP", 2)

        def totals() -> Any:  # noqa: ANN401 (a generator)
            yield from (("a", 1), ("b", 2))
            yield "c", 3
            token = client.get(RANKING.builder).decode()
            client.delete(RANKING.draft(token))

        assert not boards.build(RANKING, totals(), epoch="here", version=1, at=NOW)
        assert boards.look(RANKING, Asked(10)) is None

    def test_what_fails_leaves_no_draft_and_lets_the_next_build(
        self,
        boards: Leaderboards,
        client: Any,  # noqa: ANN401 (redis-py's)
    ) -> None:
        def totals() -> Any:  # noqa: ANN401 (a generator)
            yield "a", 1
            raise ConnectionError

        with pytest.raises(ConnectionError):
            boards.build(RANKING, totals(), epoch="here", version=1, at=NOW)
        left = [key for key in (RANKING.builder, RANKING.members) if client.exists(key)]

        assert left == []
        assert build(boards, {"a": 1})

    def test_while_it_is_built_anew_the_old_copy_is_shown_and_changed(
        self, boards: Leaderboards
    ) -> None:
        build(boards, {"a": 1})
        between: list[Any] = []

        def totals() -> Any:  # noqa: ANN401 (a generator)
            yield "a", 1
            apply(boards, {"a": 5}, since=1, version=2)
            between.append(page(boards))

        boards.build(RANKING, totals(), epoch="here", version=1, at=NOW)
        # Built from version 1: what came since is applied again, and nothing is lost.
        reached = apply(boards, {"a": 5}, since=1, version=2)

        assert between == [[Place(1, "a", 5)]]
        assert (reached, page(boards)) == (2, [Place(1, "a", 5)])
