"""People: they sign in by the form, and do at their pages what their work is."""

# mypy: disable-error-code="import-not-found,import-untyped"
# Locust is in the benchmarks' environment only.

import itertools
import random
import re
from http import HTTPStatus

import gevent
from locust import FastHttpUser, between, task

from benchmarks.batches import LINES
from benchmarks.instance import PLANT
from benchmarks.load.entry import Entry

# Between two looks: somebody who knows what they want to see.
LOOK_SECONDS = (0.5, 2.0)
AGAIN_SECONDS = (2.0, 5.0)
FEW_WORDS = {"note": "load"}
RANGES = ("today", "yesterday", "week", "month")
SEEN, DONE, GONE = HTTPStatus.OK, HTTPStatus.SEE_OTHER, HTTPStatus.CONFLICT
# Somebody else was quicker, which is an answer like another.
ACTED = (DONE, GONE)
UNCHANGED = HTTPStatus.NOT_MODIFIED

_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
_CHOICE = re.compile(r'name="(station|reason)" value="([^"]+)"')
_OPEN_CALL = re.compile(r'id="call-(\d+)"')
_turns = itertools.count()


class Person(FastHttpUser):  # type: ignore[misc] # Locust is not here where types are checked
    """Somebody with an account of a role, who signs in when the work begins."""

    abstract = True
    role = "viewer"
    wait_time = between(*LOOK_SECONDS)
    # As long as a browser's user may have the patience for.
    network_timeout = connection_timeout = 30.0
    insecure = False

    def on_start(self) -> None:
        """Come in; who is not let in tries again, as one does at a door."""
        self._tags: dict[str, str] = {}
        options, entry = self.environment.parsed_options, Entry.from_environment()
        names = entry.accounts[self.role]
        worker = max(self.environment.runner.worker_index, 0)
        name = names[(worker + next(_turns) * options.workers) % len(names)]
        while not self._sign_in(name, entry.password):
            gevent.sleep(random.uniform(*AGAIN_SECONDS))  # noqa: S311 (not all at once)

    def ask(self, path: str, *, route: str) -> str:
        """The page; empty where it is not new, or did not come as it should."""
        return self._request("GET", path, route, (SEEN, UNCHANGED))

    def act(self, path: str, page: str, *, route: str, **said: str) -> bool:
        """Send a form of the page; whether it was taken, or somebody else's was before."""
        token = _TOKEN.search(page)
        if token is None:
            return False
        form = {"csrf_token": token[1], **said}
        self._request("POST", path, route, ACTED, data=form)
        return True

    def board(self) -> str:
        return self.ask(f"/?plant={PLANT}", route="/")

    def line(self) -> tuple[str, str]:
        """A line's name, and its page."""
        line = random.choice(LINES)  # noqa: S311 (any line)
        return line, self.ask(f"/lines/{line}", route="/lines/<slug>")

    def _sign_in(self, name: str, password: str) -> bool:
        page = self.ask("/sign-in", route="/sign-in")
        self.act("/sign-in", page, route="/sign-in", username=name, password=password)
        return any("session" in cookie.name for cookie in self.client.cookiejar)

    def _request(
        self,
        method: str,
        path: str,
        route: str,
        expected: tuple[int, ...],
        *,
        data: dict[str, str] | None = None,
    ) -> str:
        # By hand: without TLS, as past the proxies, a jar gives no `Secure` cookie away.
        cookies = (f"{each.name}={each.value}" for each in self.client.cookiejar)
        headers = {"Cookie": "; ".join(cookies)}
        if path in self._tags:
            headers["If-None-Match"] = self._tags[path]
        with self.client.request(
            *(method, path),
            name=route,
            data=data,
            headers=headers,
            allow_redirects=False,
            catch_response=True,
        ) as answer:
            status = answer.status_code
            if tag := answer.headers.get("ETag") if answer.headers else None:
                self._tags[path] = tag
            if status in expected:
                answer.success()
                return str(answer.text or "") if status == SEEN else ""
            answer.failure(str(status or "no answer"))
        return ""


class Operator(Person):
    """Looks at the board and at lines, and pulls the cord now and then."""

    role = "operator"
    weight = 6

    @task(8)  # type: ignore[untyped-decorator]
    def look(self) -> None:
        self.board()

    @task(8)  # type: ignore[untyped-decorator]
    def look_closer(self) -> None:
        self.line()

    @task(1)  # type: ignore[untyped-decorator]
    def pull_the_cord(self) -> None:
        line, page = self.line()
        choices: dict[str, list[str]] = {"station": [], "reason": []}
        for field, value in _CHOICE.findall(page):
            choices[field].append(value)
        if all(choices.values()):
            chosen = {field: random.choice(of) for field, of in choices.items()}  # noqa: S311
            route = "/lines/<slug>/calls"
            self.act(f"/lines/{line}/calls", page, route=route, **chosen, **FEW_WORDS)


class Supervisor(Person):
    """Goes through what is open: comes, puts right, takes over; and looks what it cost."""

    role = "supervisor"
    weight = 2

    @task(4)  # type: ignore[untyped-decorator]
    def look(self) -> None:
        self.board()

    @task(6)  # type: ignore[untyped-decorator]
    def see_to_a_call(self) -> None:
        page = self.ask(f"/handover?plant={PLANT}", route="/handover")
        calls = _OPEN_CALL.findall(page)
        if calls:
            deed = random.choice(("acknowledgement", "resolution", "handover"))  # noqa: S311
            path = f"/calls/{random.choice(calls)}/{deed}"  # noqa: S311
            self.act(path, page, route=f"/calls/<id>/{deed}", **FEW_WORDS)

    @task(1)  # type: ignore[untyped-decorator]
    def look_what_it_cost(self) -> None:
        self.ask(f"/reports/downtime?plant={PLANT}&range=week", route="/reports/<report>")


class ReportReader(Person):
    """Reads what was, on pages and as files."""

    weight = 2

    @task(4)  # type: ignore[untyped-decorator]
    def read(self) -> None:
        report = random.choice(("", "output", "downtime", "calls", "oee"))  # noqa: S311
        path = f"/reports/{report}?plant={PLANT}&range={random.choice(RANGES)}"  # noqa: S311
        self.ask(path, route="/reports/<report>")

    @task(1)  # type: ignore[untyped-decorator]
    def take_along(self) -> None:
        path = f"/reports/output.csv?plant={PLANT}&range={random.choice(RANGES)}"  # noqa: S311
        self.ask(path, route="/reports/<report>.csv")


class Competitor(Person):
    """Looks from a phone who leads, and where one stands."""

    role = "operator"
    weight = 3

    @task(3)  # type: ignore[untyped-decorator]
    def see_who_leads(self) -> None:
        window = random.choice(("shift", "day", "week", "all"))  # noqa: S311
        self._places(f"window={window}&limit=20")

    @task(2)  # type: ignore[untyped-decorator]
    def see_where_one_stands(self) -> None:
        self._places("window=all&limit=0&around=me")

    @task(1)  # type: ignore[untyped-decorator]
    def look_further_down(self) -> None:
        members = max(self.environment.parsed_options.members, 60)
        self._places(f"window=all&limit=100&offset={random.randrange(members)}")  # noqa: S311

    def _places(self, query: str) -> None:
        path = f"/api/v1/leaderboards/operators?plant={PLANT}&{query}"
        self.ask(path, route="/api/v1/leaderboards/<board>")
