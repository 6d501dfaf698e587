"""What breaks, dealt at random like cards: before one comes again, each has come."""

import random
import signal
import time
from collections import Counter
from collections.abc import Callable

from redis import Redis

from app.cache import layout
from tests.cache.chaos.cluster import Cluster
from tests.cache.chaos.drill import Drill
from tests.cache.chaos.ledger import READERS, WRITERS
from tests.cache.floor import ROWS

# Longer than the cache waits before it asks after a writer: it is slow, not dead.
SLOW_SECONDS = 1.5
# Three faults of four are none: answers have to be kept, to be served too late.
QUIET = 3


class Faults:
    """The deck. Registrations are never lost alone: they have no TTL, so no server evicts them."""

    def __init__(self, drill: Drill, cluster: Cluster, seed: int) -> None:
        self._drill = drill
        self._cluster = cluster
        self._chance = random.Random(seed)  # noqa: S311 (a test's)
        self._deck: list[Callable[[], None]] = []
        self.evicted = 0
        self.dealt: Counter[str] = Counter()

    def deal(self) -> None:
        if not self._deck:
            self._deck = [*self.all, *[self._nothing] * (QUIET * len(self.all))]
            self._chance.shuffle(self._deck)
        fault = self._deck.pop()
        fault()
        self.dealt[fault.__name__.strip("_")] += 1

    @property
    def all(self) -> list[Callable[[], None]]:
        return [
            *(self._lose_tokens, self._lose_answers, self._evict, self._wipe, self._hang_up),
            *(self._freeze_the_server, self._freeze_a_writer, self._freeze_a_reader),
            *(self._cut_off_an_instance, self._fail_over, self._fail_over_and_kill),
            *[self._wipe_and_kill] * 3,
            *[self._kill_a_writer] * 2,
        ]

    @property
    def all_dealt(self) -> bool:
        """Whether each has come, and eviction found something to take."""
        names = {fault.__name__.strip("_") for fault in self.all}
        return names <= self.dealt.keys() and self.evicted > 0

    def _nothing(self) -> None:
        pass

    def _lose_tokens(self) -> None:
        with self._client() as client:
            client.delete(*(layout.token(f"cached_item:{id_}") for id_ in range(ROWS)))

    def _lose_answers(self) -> None:
        with self._client() as client:
            for key in client.scan_iter(layout.entry("*"), count=1000):
                client.delete(key)

    def _evict(self) -> None:
        """The server is full for a moment: it evicts what it may, and then refuses."""
        with self._client() as client:
            client.config_set("maxmemory", 1)
            time.sleep(0.02)
            client.config_set("maxmemory", 0)
            self.evicted += int(client.info("stats")["evicted_keys"])
            client.config_resetstat()

    def _wipe(self) -> None:
        with self._client() as client:
            client.flushall()

    def _hang_up(self) -> None:
        with self._client() as client:
            client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")

    def _freeze_the_server(self) -> None:
        self._cluster.primary.signal(signal.SIGSTOP)
        time.sleep(self._chance.choice((0.1, 0.4)))
        self._cluster.primary.signal(signal.SIGCONT)

    def _freeze_a_writer(self) -> None:
        self._drill.freeze(self._chance.choice(self._drill.writers), SLOW_SECONDS)

    def _freeze_a_reader(self) -> None:
        self._drill.freeze(self._drill.readers[self._chance.randrange(READERS)], 0.5)

    def _cut_off_an_instance(self) -> None:
        self._cluster.cut_off_the_second(0.2)

    def _fail_over(self) -> None:
        self._cluster.fail_over()

    def _wipe_and_kill(self) -> None:
        """The server forgets who is writing, and some of those never finish."""
        self._wipe()
        time.sleep(0.02)
        self._kill_the_writers()

    def _fail_over_and_kill(self) -> None:
        self._cluster.fail_over()
        self._kill_the_writers()

    def _kill_the_writers(self) -> None:
        for number in range(WRITERS):
            self._drill.kill_a_writer(number)

    def _kill_a_writer(self) -> None:
        self._drill.kill_a_writer(self._chance.randrange(WRITERS))

    def _client(self) -> Redis:
        return self._cluster.primary.client()
