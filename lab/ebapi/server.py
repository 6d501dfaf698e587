"""The stand-in's door: one address for all services, and a record of all that was asked."""

import re
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from werkzeug import Request, Response
from werkzeug.serving import WSGIRequestHandler, make_server

from lab.ebapi import platforms, query, storage
from lab.ebapi.applications import Applications
from lab.ebapi.changes import Changes
from lab.ebapi.environment import Environment
from lab.ebapi.events import Events
from lab.ebapi.hosted import Fleet
from lab.ebapi.operations import Operations
from lab.ebapi.query import Action, Asked, Refusal, Tree
from lab.ebapi.roles import Roles
from lab.ebapi.storage import Storage
from lab.ebapi.views import Views

# A request for IAM and one for Elastic Beanstalk look alike; the signature says whom it is for.
SCOPE = re.compile(r"Credential=[^/,]+/\d{8}/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request")
NAMESPACES = {
    "elasticbeanstalk": "http://elasticbeanstalk.amazonaws.com/docs/2010-12-01/",
    "iam": "https://iam.amazonaws.com/doc/2010-05-08/",
}
# Of what this stand-in has no part. The client does not ask again after these.
UNKNOWN = {"InvalidAction", "NotImplemented"}


@dataclass(frozen=True, slots=True)
class Call:
    """One thing that was asked for, and the code of its refusal if it was refused."""

    service: str
    action: str
    parameters: Tree
    refused: str | None


class Quiet(WSGIRequestHandler):
    """What is asked is in the record; here it would drown what the client says."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 # werkzeug's name
        pass


class Api:
    """AWS, as far as the client asks; what a deployment does is up to the environment given.

    It believes every signature, so it listens on loopback only.
    """

    def __init__(self, environment: Environment, folder: Path) -> None:
        self._storage = Storage(folder)
        self.roles = Roles()
        self.calls: list[Call] = []
        applications, fleet, events = Applications(self._storage), Fleet(), Events()
        self.operations = Operations(events)
        changes = Changes(fleet, environment, applications, self.operations)
        views = Views(fleet, events)
        self._actions: Mapping[str, Mapping[str, Action]] = {
            "elasticbeanstalk": platforms.actions()
            | applications.actions()
            | changes.actions()
            | views.actions(),
            "iam": self.roles.actions(),
        }
        self._server = make_server(
            "127.0.0.1",
            0,
            Request.application(self._answer),
            threaded=True,
            request_handler=Quiet,
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.port}"

    def __enter__(self) -> Self:
        # Whoever stops it waits for a round.
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Answer nobody any more; an operation that runs is waited for."""
        self._server.shutdown()
        self._server.server_close()
        self.operations.wait()

    def asked(self, action: str) -> list[Call]:
        """Every call of that action so far."""
        return [call for call in self.calls if call.action == action]

    def unknown(self) -> list[Call]:
        """What was asked for and is no part of this stand-in."""
        return [call for call in self.calls if call.refused in UNKNOWN]

    def _answer(self, request: Request) -> Response:
        scope = SCOPE.search(request.headers.get("Authorization", ""))
        region, service = scope.groups() if scope else ("", "")
        request_id = str(uuid.uuid4())
        if service == "s3":
            return self._object(request, request_id)
        return self._action(request, service, region, request_id)

    def _action(self, request: Request, service: str, region: str, request_id: str) -> Response:
        namespace = NAMESPACES.get(service, "")
        form = request.form.to_dict()
        action = form.pop("Action", "")
        form.pop("Version", "")
        parameters: Tree = {}
        refused, status = None, 200
        try:
            parameters = query.parse(form)
            result = self._named(service, action)(Asked(region, request_id, parameters))
            said = query.answer(action, result, namespace=namespace, request_id=request_id)
        except Refusal as refusal:
            refused, status = refusal.code, refusal.status
            said = query.refusal(refusal, namespace=namespace, request_id=request_id)
        self.calls.append(Call(service, action, parameters, refused))
        return Response(said, status, mimetype="text/xml")

    def _named(self, service: str, action: str) -> Action:
        actions = self._actions.get(service, {})
        if action not in actions:
            raise Refusal("InvalidAction", f"Could not find operation {action} of {service}")
        return actions[action]

    def _object(self, request: Request, request_id: str) -> Response:
        refused = None
        try:
            response = self._storage.answer(request)
        except Refusal as refusal:
            refused = refusal.code
            said = storage.refusal(refusal, request_id=request_id)
            response = Response(said, refusal.status, mimetype="application/xml")
        parameters = {"path": request.path, **request.args.to_dict()}
        self.calls.append(Call("s3", request.method, parameters, refused))
        return response
