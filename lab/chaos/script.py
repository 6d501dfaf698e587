"""The order in which things are broken."""

from collections.abc import Callable

from lab.chaos import cache_faults, instance_faults
from lab.chaos.breaking import Breaking

Fault = Callable[[Breaking], None]

FAULTS: dict[str, Fault] = {
    fault.__name__.replace("_", "-"): fault
    for fault in (
        instance_faults.drains_killed,
        instance_faults.instance_killed,
        cache_faults.cache_wiped,
        cache_faults.primary_killed,
        cache_faults.instance_cut_off,
        cache_faults.instance_unheard,
        cache_faults.cache_frozen,
        instance_faults.database_killed,
        instance_faults.database_frozen,
        instance_faults.rolling_deployment,
    )
}
# Who speaks to a cluster dials the addresses that its nodes tell, past any door of ours.
NOT_ON_A_CLUSTER = {"instance-cut-off", "instance-unheard"}


def words(name: str) -> str:
    """What is broken, in a sentence."""
    return (FAULTS[name].__doc__ or "").partition("\n")[0].rstrip(".")


def chosen(name: str | None, *, cache: str) -> list[str]:
    """The faults of a run, in their order: one, or all that this cache can have."""
    if name is not None:
        return [name]
    return [each for each in FAULTS if cache != "cluster" or each not in NOT_ON_A_CLUSTER]
