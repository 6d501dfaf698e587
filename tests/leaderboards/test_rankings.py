"""Rankings on one server, and what they take of it."""

import pytest

from app.leaderboards import Leaderboards
from app.parts import Parts
from app.streams import Client
from tests.leaderboards.contract import Contract
from tests.leaderboards.ranking import RANKING, build

BYTES_PER_MEMBER = 90


@pytest.fixture
def client(parts: Parts) -> Client:
    return parts.redis


@pytest.fixture
def boards(client: Client) -> Leaderboards:
    return Leaderboards(client)


class TestOneServer(Contract):
    """The contract on a plain client."""

    def test_a_member_costs_eighty_bytes_or_so(self, boards: Leaderboards, client: Client) -> None:
        totals = {f"{number:07}": number for number in range(20_000)}
        build(boards, totals)
        taken = client.memory_usage(RANKING.members, samples=0)

        assert taken is not None
        assert taken / len(totals) < BYTES_PER_MEMBER
