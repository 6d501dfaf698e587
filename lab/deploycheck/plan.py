"""The plan for a person: what there will be, what it costs, what is left to choose."""

from collections.abc import Iterable, Iterator

from lab.deploycheck.changes import Change
from lab.deploycheck.costs import monthly
from lab.deploycheck.prices import WRITTEN
from lab.deploycheck.rules.environment import left_out
from lab.deploycheck.rules.reading import USER, policies
from lab.deploycheck.rules.settings import CLI_WINS
from lab.deploycheck.strict import Tree
from lab.deploycheck.synthesis import CUSTOM_OPTIONS, Deployment


def plan(deployment: Deployment, unchosen: Iterable[str]) -> Iterator[str]:
    """Line by line. `unchosen` are the options that stand for a choice nobody made yet."""
    yield "Resources"
    for name, resource in sorted(deployment.ours().items()):
        deleted, _ = policies(deployment, name)
        kept = f"  at the end: {str(deleted).lower()}" if deleted else ""
        yield f"  {name:26} {resource['Type'].removeprefix('AWS::'):34}{kept}"
    yield ""
    yield from _environment(deployment)
    yield from _costs(deployment)
    if names := sorted(unchosen):
        yield f"Still to be chosen, or `eb create` fails: {', '.join(names)}"
        yield ""
    if deployment.of_type(USER):
        yield "The environment's name becomes a user's: at most 40 small letters, figures and"
        yield "single hyphens, a letter first, and no hyphen last."
        yield ""
    if not _has_https(deployment):
        yield "No certificate is chosen: cookies are for HTTPS only, so nobody can sign in."
        yield ""
    yield from overridden(deployment.settings)


def overridden(settings: Tree) -> Iterator[str]:
    """What the files set in vain. What they set to the same does no harm, and holds elsewhere."""
    for namespace, won in CLI_WINS.items():
        ours = settings.get(namespace, {})
        for option in sorted(won.keys() & ours.keys()):
            if ours[option] != won[option]:
                yield f"`eb create` sets {option} itself, so the one in the files does not hold."


def _environment(deployment: Deployment) -> Iterator[str]:
    yield "Environment properties"
    for name in sorted(deployment.properties):
        yield f"  {name:26} from the files"
    for name in sorted(deployment.secrets):
        yield f"  {name:26} from Secrets Manager, when an instance starts"
    yield f"  left to their defaults: {', '.join(left_out(deployment)) or 'none'}"
    yield ""


def _costs(deployment: Deployment) -> Iterator[str]:
    yield f"Cost a month, in dollars (us-east-1, on demand, our own table of {WRITTEN})"
    total = 0.0
    for what, price in monthly(deployment):
        total += price or 0
        yield f"  {what:58} {'not known' if price is None else f'{price:9.2f}'}"
    yield f"  {'together, at least':58} {total:9.2f}"
    yield ""


def _has_https(deployment: Deployment) -> bool:
    return "SSLCertificateArns" in deployment.settings.get("aws:elbv2:listener:443", {})


def unchosen(deployment: Deployment, asked: Iterable[tuple[str, object]]) -> set[str]:
    """The custom options without a default that works and without a choice."""
    own = deployment.settings.get(CUSTOM_OPTIONS, {})
    return {name for name, default in asked if str(default).startswith("set-") and name not in own}


def told(changes: list[Change], since: str) -> Iterator[str]:
    """What an update from the release would do, the losses first."""
    yield f"An update from {since}"
    if not changes:
        yield "  changes no resource"
    for change in sorted(changes, key=lambda change: (not change.loses, change.name)):
        properties = f" ({', '.join(change.properties)})" if change.properties else ""
        yield f"  {change.what:16} {change.name}{properties}"
    yield ""
