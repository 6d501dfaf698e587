"""Who may connect to the cache: one user without a password, who may do what we do and no more."""

from collections.abc import Iterator

from lab.deploycheck.rules.reading import (
    CALLED,
    GROUP,
    SERVERLESS,
    USER,
    USER_GROUP,
    Fault,
    arn_of,
    cache_of,
    kind_of,
    references,
    referred,
    resources_of,
    said,
    statements,
)
from lab.deploycheck.strict import Tree
from lab.deploycheck.synthesis import Deployment

URLS = {"CACHE_URL": "CACHE_IAM", "QUERY_CACHE_URL": "QUERY_CACHE_IAM"}
# What an access string must take away, after whatever it gives.
TAKEN = ("-@admin", "-@dangerous")
# Of what is dangerous, the one thing that is needed: INFO says whose data a server has.
GIVEN_BACK = {"+info"}
TOO_MUCH = ("+@all", "allcommands", "nopass", "+@admin", "+@dangerous")
# A policy that allows one of these names whom or what; a star would be everybody's.
EXACT = ("elasticache:Connect", "rds-db:connect", "secretsmanager:GetSecretValue")


def locked(deployment: Deployment) -> Iterator[Fault]:
    """Each cache asks who connects: a group of users of ours, of its own engine."""
    groups, users = deployment.of_type(USER_GROUP), deployment.of_type(USER)
    for name, cache in _caches(deployment):
        attached = [groups.get(referred(group), {}) for group in _attached(cache)]
        if len(attached) != 1 or not attached[0]:
            yield name, "lets in whoever gets there: no user group of ours is attached"
            continue
        members = [referred(user) for user in attached[0].get("UserIds", [])]
        if not members or any(user not in users for user in members):
            yield name, "has users in its group that are not ours, or none"
        engines = {attached[0].get("Engine"), *(users[m]["Engine"] for m in members if m in users)}
        if engines != {cache["Engine"]}:
            yield name, "has another engine than its users"


def without_password(deployment: Deployment) -> Iterator[Fault]:
    """Each user brings a token of IAM, which takes only whose name is their id."""
    for name, user in deployment.of_type(USER).items():
        if user.get("AuthenticationMode") != {"Type": "iam"}:
            yield name, "signs in by something else than a token"
        if "Passwords" in user or user.get("NoPasswordRequired"):
            yield name, "has a password in the file, or needs none"
        if user.get("UserName") != user.get("UserId"):
            yield name, "has a name that is not its id, which IAM refuses"


def narrow(deployment: Deployment) -> Iterator[Fault]:
    """No user may administer the server: what is dangerous is taken away last, but INFO."""
    for name, user in deployment.of_type(USER).items():
        words = str(user.get("AccessString", "")).split()
        if "on" not in words:
            yield name, "is off"
        if found := sorted(set(words) & set(TOO_MUCH)):
            yield name, f"may do more than the application does: {', '.join(found)}"
        last = max((words.index(word) if word in words else len(words)) for word in TAKEN)
        given = {word for word in words[last + 1 :] if word.startswith("+")}
        if last == len(words) or given - GIVEN_BACK:
            yield name, f"keeps what is dangerous: {' '.join(TAKEN)} must come last, but for +info"


def allowed(deployment: Deployment) -> Iterator[Fault]:
    """The instances' role may connect: to the cache, and as the user. Either alone is refused."""
    found = {
        arn
        for _, statement in statements(deployment, "elasticache:Connect")
        for arn in resources_of(statement, deployment)
    }
    for name, _ in [*_caches(deployment), *deployment.of_type(USER).items()]:
        if arn_of(deployment, name) not in found:
            yield name, "is in no policy that allows elasticache:Connect"


def exact(deployment: Deployment) -> Iterator[Fault]:
    for action in EXACT:
        for name, statement in statements(deployment, action):
            if any("*" in arn for arn in resources_of(statement, deployment)):
                yield name, f"allows {action} on more than it names"
            if "*" in str(statement["Action"]):
                yield name, f"allows more than {action}"


def token(deployment: Deployment) -> Iterator[Fault]:
    """The token is for the cache that the address leads to, and for the user named there."""
    for url, iam in URLS.items():
        cache = cache_of(deployment, url)
        kind = kind_of(deployment, cache)
        if kind not in (GROUP, SERVERLESS):
            if iam in deployment.properties:
                yield iam, "asks for tokens for what takes none"
            continue
        wanted = f"{CALLED[kind]}:{said({'Ref': cache}, deployment)}"
        if said(deployment.properties.get(iam, ""), deployment) != wanted:
            yield iam, f"is not {CALLED[kind]}:{cache}, where {url} leads"
        if "AWS_REGION" not in deployment.properties:
            yield "AWS_REGION", f"is not set, and tokens for {cache} are signed for a region"
        if not references(deployment.properties[url]) & deployment.of_type(USER).keys():
            yield url, "names no user"


def _caches(deployment: Deployment) -> Iterator[tuple[str, Tree]]:
    for kind in (GROUP, SERVERLESS):
        yield from deployment.of_type(kind).items()


def _attached(cache: Tree) -> list[object]:
    one = [cache["UserGroupId"]] if "UserGroupId" in cache else []
    return [*cache.get("UserGroupIds", []), *one]


RULES = (locked, without_password, narrow, allowed, exact, token)
