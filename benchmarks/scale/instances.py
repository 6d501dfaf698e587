"""Curves of instances: what each asks of the engines, idle and busy."""

import time
from collections.abc import Callable
from contextlib import ExitStack

import urllib3

from benchmarks.browser import sign_in
from benchmarks.instance import USERNAME, Instance
from benchmarks.scale.curves import Curve, curve
from benchmarks.scale.spending import POSTGRES, VALKEY, Meter, Spent
from lab import procfile
from lab.engines import free_port

COUNTS = (1, 2, 4)
IDLE_SECONDS = 6
PAGES = 200
OF = "instances"


def measure(tell: Callable[[str], None]) -> list[Curve]:
    idle: dict[int, Spent] = {}
    busy: dict[int, Spent] = {}
    clients: dict[int, float] = {}
    with Instance(days=1) as instance:
        running = 0
        for count in COUNTS:
            tell(f"instances: {count}")
            for number in range(running, count):
                _launch(instance, number)
            running = count
            cookie = sign_in(instance.url("web-0"), USERNAME, instance.password)
            _ask(instance, cookie, count)
            webs = (f"web-{number}" for number in range(count))
            meter = Meter(instance, **{name: instance.processes[name].pid for name in webs})
            with meter.reading() as idle[count]:
                time.sleep(IDLE_SECONDS)
            with meter.reading() as busy[count]:
                _ask(instance, cookie, count)
            clients[count] = float(instance.parts.redis.info("clients")["connected_clients"])
    per = {count: 1 / count / spent.seconds for count, spent in idle.items()}
    return [
        *(
            curve(f"idle instance, {name}", OF, unit, {n: of(idle[n]) * per[n] for n in COUNTS})
            for name, unit, of in _IDLE
        ),
        *(
            curve(f"board page, {name}", OF, unit, {n: _busy(of, busy[n], idle[n]) for n in COUNTS})
            for name, unit, of in _BUSY
        ),
        curve(
            "instance, connections to Valkey",
            OF,
            "connections",
            {n: clients[n] / n for n in COUNTS},
        ),
    ]


Of = Callable[[Spent], float]
_IDLE: tuple[tuple[str, str, Of], ...] = (
    ("commands a second", "commands of Valkey", lambda spent: spent.commands),
    ("transactions a second", "transactions of PostgreSQL", lambda spent: spent.transactions),
    ("Valkey a second", "ms of CPU", lambda spent: spent.cpu[VALKEY] * 1e3),
    ("PostgreSQL a second", "ms of CPU", lambda spent: spent.cpu[POSTGRES] * 1e3),
)
_BUSY: tuple[tuple[str, str, Of], ...] = (
    ("commands", "commands of Valkey", lambda spent: spent.commands),
    ("transactions", "transactions of PostgreSQL", lambda spent: spent.transactions),
    ("PostgreSQL", "µs of CPU", lambda spent: spent.cpu[POSTGRES] * 1e6),
    ("Valkey", "µs of CPU", lambda spent: spent.cpu[VALKEY] * 1e6),
    ("web", "µs of CPU", lambda spent: _of_webs(spent) * 1e6),
)


def _busy(of: Of, spent: Spent, idle: Spent) -> float:
    """For one page, beyond what the instances do anyway."""
    return max(0.0, of(spent) - of(idle) * spent.seconds / idle.seconds) / PAGES


def _of_webs(spent: Spent) -> float:
    return sum(cpu for name, cpu in spent.cpu.items() if name.startswith("web"))


def _launch(instance: Instance, number: int) -> None:
    for name in ("web", "live", "drain"):
        one = f"{name}-{number}"
        instance.ports[one] = free_port()
        instance.launch(one, procfile.command(name, port=instance.ports[one]))
    instance.await_answer(f"web-{number}", "/healthz")
    instance.await_answer(f"live-{number}", "/live/healthz")


def _ask(instance: Instance, cookie: str, count: int) -> None:
    """The board, of all instances in turn."""
    with ExitStack() as ending:
        pools = []
        for number in range(count):
            pools.append(urllib3.connection_from_url(instance.url(f"web-{number}"), timeout=10))
            ending.callback(pools[-1].close)
        for number in range(PAGES):
            pools[number % count].request("GET", "/", headers={"Cookie": cookie}, redirect=False)
