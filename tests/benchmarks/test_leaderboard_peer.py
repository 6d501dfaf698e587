"""The way to leaderboard-python: what is not there or ends is said, and no time is made up."""

import sys
from pathlib import Path

import pytest

from benchmarks.boards import peer
from lab.engines import EngineFailed


def test_a_peer_that_is_not_installed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peer, "PYTHON", tmp_path / "python")

    with pytest.raises(EngineFailed, match="leaderboard-python is not installed"):
        peer.Peer({})


def test_a_peer_that_ended_gives_no_times(monkeypatch: pytest.MonkeyPatch) -> None:
    # This environment has no leaderboard-python: the program ends with its import.
    monkeypatch.setattr(peer, "PYTHON", Path(sys.executable))
    ended = peer.Peer({})

    with pytest.raises(EngineFailed, match="leaderboard-python ended"):
        ended.burst("rank", 3)
    ended.close()
