"""The contract on each topology of Valkey; Memcached's is in its own folder."""

import pytest

from lab.shards import Cluster
from tests.cache.contract import Contract


class TestStandalone(Contract):
    """One server, as `cache_url` gives it where nobody says otherwise."""


class TestCluster(Contract):
    """Three primaries with a replica each."""

    @pytest.fixture
    def cache_url(self, cluster: Cluster) -> str:
        for node in cluster.nodes[:3]:
            node.ask("FLUSHALL")
        return cluster.url
