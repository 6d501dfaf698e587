"""What holds of rankings on one server as on a cluster."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.leaderboards import Asked, Leaderboards, Place, Ranking, Unrankable, copies, scripts
from tests.leaderboards.building import Building
from tests.leaderboards.racing import race
from tests.leaderboards.ranking import RANKING, UNTIL, apply, build, page, places, seen

# Few members, so that most who are asked for are there.
MEMBERS = st.text("abé", min_size=1, max_size=2)
# Few different scores, so that many share a place.
TOTALS = st.dictionaries(MEMBERS, st.integers(-3, 3) | st.sampled_from([2**53, -(2**53)]))
ASKED = st.builds(
    Asked,
    limit=st.integers(0, 12),
    offset=st.integers(0, 12),
    member=st.none() | MEMBERS,
    beside=st.integers(0, 4),
)


class Contract(Building):
    """Wants the fixtures `client`, empty, and `boards` over it."""

    @settings(
        max_examples=150,
        deadline=None,
        # Each example builds the ranking anew, on the server of the class that holds the contract.
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.differing_executors,
        ],
    )
    @given(totals=TOTALS, asked=ASKED)
    @example(totals={"a": 3, "b": 2, "c": 2, "d": 1}, asked=Asked(2, 1, "d", 2))
    @example(totals={"a": 3, "b": 2, "c": 2, "d": 1}, asked=Asked(2, 2, "c", 0))
    @example(totals={"a": 3, "b": 2, "c": 2, "d": 1}, asked=Asked(2, 2, "a", 2))
    @example(totals={}, asked=Asked(2, 0, "a", 1))
    def test_what_is_seen_is_what_plain_python_ranks(
        self, boards: Leaderboards, totals: dict[str, int], asked: Asked
    ) -> None:
        build(boards, totals)

        assert boards.look(RANKING, asked) == seen(totals, asked)

    def test_equal_scores_share_a_place_and_leave_a_gap(self, boards: Leaderboards) -> None:
        build(boards, {"a": 9, "b": 7, "c": 7, "d": 1})

        assert page(boards) == [
            Place(1, "a", 9),
            Place(2, "c", 7),
            Place(2, "b", 7),
            Place(4, "d", 1),
        ]

    def test_a_percentile_is_the_share_of_the_others_that_are_behind(
        self, boards: Leaderboards
    ) -> None:
        build(boards, {"a": 9, "b": 7, "c": 7, "d": 1, "e": 0})
        found = [boards.look(RANKING, Asked(0, member=member)) for member in "abde"]

        assert [one and one.percentile for one in found] == [100, 50, 25, 0]

    def test_what_was_never_copied_is_not_seen(self, boards: Leaderboards) -> None:
        assert boards.look(RANKING, Asked(10, member="a")) is None

    def test_changes_take_it_from_version_to_version(self, boards: Leaderboards) -> None:
        build(boards, {"a": 1, "b": 2})
        reached = apply(boards, {"a": 3, "c": 1}, since=1, version=7)
        found = boards.look(RANKING, Asked(10))

        assert reached == 7
        assert found == seen({"a": 3, "b": 2, "c": 1}, Asked(10), version=7)

    def test_changes_that_come_twice_late_or_too_early_change_nothing(
        self, boards: Leaderboards
    ) -> None:
        build(boards, {"a": 1})
        answers = [
            apply(boards, {"a": 5}, since=1, version=2),
            apply(boards, {"a": 5}, since=1, version=2),
            apply(boards, {"a": 9}, since=3, version=4),
            apply(boards, {"a": 1}, since=0, version=1),
        ]

        assert answers == [2, 2, 2, 2]
        assert page(boards) == [Place(1, "a", 5)]

    def test_changes_in_any_order_end_where_the_source_is(self, boards: Leaderboards) -> None:
        """Two writers who each read all that changed since what they saw, and wait for nobody."""
        build(boards, {"a": 1, "b": 1})
        slow = {"a": 2}  # of version 2, read first and written last
        apply(boards, {"a": 3, "b": 9}, since=1, version=3)
        reached = apply(boards, slow, since=1, version=2)

        assert reached == 3
        assert page(boards) == places({"a": 3, "b": 9})

    def test_of_another_source_nothing_is_taken(self, boards: Leaderboards) -> None:
        build(boards, {"a": 1})

        assert apply(boards, {"a": 5}, epoch="elsewhere") is None
        assert page(boards) == [Place(1, "a", 1)]

    @pytest.mark.parametrize("lost", [RANKING.members, RANKING.mark])
    def test_what_the_server_evicted_is_noticed(
        self,
        boards: Leaderboards,
        client: Any,  # noqa: ANN401 (redis-py's)
        lost: str,
    ) -> None:
        build(boards, {"a": 1, "b": 2})
        client.delete(lost)

        assert boards.look(RANKING, Asked(10)) is None
        assert apply(boards, {"c": 3}) is None
        assert boards.look(RANKING, Asked(10)) is None
        assert build(boards, {"a": 1, "b": 2, "c": 3}, version=2)
        assert page(boards) == places({"a": 1, "b": 2, "c": 3})

    def test_a_member_somebody_took_out_is_noticed(
        self,
        boards: Leaderboards,
        client: Any,  # noqa: ANN401 (redis-py's)
    ) -> None:
        build(boards, {"a": 1, "b": 2})
        client.zrem(RANKING.members, "a")

        assert boards.look(RANKING, Asked(10)) is None

    def test_an_empty_ranking_is_a_copy_too(self, boards: Leaderboards) -> None:
        build(boards, {})
        empty = boards.look(RANKING, Asked(10))
        apply(boards, {"a": 1})

        assert empty == seen({}, Asked(10))
        assert page(boards) == [Place(1, "a", 1)]

    def test_both_keys_expire_with_the_window(
        self,
        boards: Leaderboards,
        client: Any,  # noqa: ANN401 (redis-py's)
    ) -> None:
        build(boards, {})
        apply(boards, {"a": 1})
        until = {client.expiretime(key) for key in (RANKING.members, RANKING.mark)}
        build(boards, {"a": 1}, until=None)
        forever = {client.expiretime(key) for key in (RANKING.members, RANKING.mark)}

        assert (until, forever) == ({int(UNTIL.timestamp())}, {-1})

    def test_a_window_that_is_over_is_gone(self, boards: Leaderboards) -> None:
        build(boards, {"a": 1}, until=datetime.now(UTC) - timedelta(seconds=1))

        assert boards.look(RANKING, Asked(10)) is None

    def test_many_changes_go_in_steps_and_the_last_one_sets_the_version(
        self, boards: Leaderboards, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(copies, "STEP", 3)
        totals = {f"m{number:03}": number for number in range(100)}
        build(boards, totals)
        changed = {member: score + 1000 for member, score in totals.items()}
        monkeypatch.setattr(scripts, "APPLY", _dying(scripts.APPLY, after=5))
        with pytest.raises(SystemExit):
            apply(boards, changed)
        monkeypatch.undo()
        half_way = boards.look(RANKING, Asked(0))
        reached = apply(boards, changed)

        assert half_way is not None
        assert half_way.version == 1
        assert reached == 2
        assert page(boards) == places(changed)

    def test_a_score_that_would_be_rounded_is_refused(self, boards: Leaderboards) -> None:
        with pytest.raises(Unrankable):
            build(boards, {"a": 2**53 + 1})

        assert boards.look(RANKING, Asked(1)) is None

    def test_a_server_that_forgot_the_scripts_is_told_them_again(
        self,
        boards: Leaderboards,
        client: Any,  # noqa: ANN401 (redis-py's)
    ) -> None:
        build(boards, {"a": 1})
        client.script_flush()

        assert page(boards) == [Place(1, "a", 1)]

    def test_a_server_brought_back_to_an_earlier_state_is_brought_up_to_date(
        self,
        boards: Leaderboards,
        client: Any,  # noqa: ANN401 (redis-py's)
    ) -> None:
        """As a replica that lagged is, when it becomes the primary."""
        build(boards, {"a": 1})
        kept = {key: client.dump(key) for key in (RANKING.members, RANKING.mark)}
        apply(boards, {"a": 5})
        for key, value in kept.items():
            client.restore(key, 0, value, replace=True)
        late = apply(boards, {"a": 6}, since=2, version=3)
        reached = apply(boards, {"a": 6}, since=late or 0, version=3)

        assert (late, reached) == (1, 3)
        assert page(boards) == [Place(1, "a", 6)]

    def test_windows_of_a_board_are_apart(self, boards: Leaderboards) -> None:
        build(boards, {"a": 1})

        assert boards.look(Ranking(RANKING.board, "week:2026-W10"), Asked(1)) is None

    def test_writers_at_once_leave_what_the_source_has(self, boards: Leaderboards) -> None:
        source = race(boards)

        assert page(boards) == places(source)


def _dying(script: scripts.Script, *, after: int) -> Callable[..., Any]:
    calls = iter(range(after))

    def called(*given: Any) -> Any:  # noqa: ANN401 (whatever the script gives)
        if next(calls, None) is None:
            raise SystemExit
        return script(*given)

    return called
