"""Which faults a run has, what each says of itself, and what a second's numbers are."""

from lab.chaos import script
from lab.cluster.gauges import growth


def test_each_fault_says_in_a_sentence_what_it_breaks() -> None:
    sentences = [script.words(name) for name in script.FAULTS]

    assert all(len(sentence) > 20 for sentence in sentences)
    assert len({*sentences}) == len(script.FAULTS)


def test_one_fault_is_played_alone_and_a_cluster_has_no_doors() -> None:
    alone = script.chosen("cache-wiped", cache="replicas")
    everywhere = script.chosen(None, cache="replicas")
    on_a_cluster = script.chosen(None, cache="cluster")

    assert alone == ["cache-wiped"]
    assert everywhere == list(script.FAULTS)
    assert set(everywhere) - set(on_a_cluster) == {"instance-cut-off", "instance-unheard"}


def test_a_counter_that_begins_anew_is_not_known_for_a_second() -> None:
    grown = growth({"asked": 5.0, "hits": 9.0}, {"asked": 7.0, "hits": 1.0, "evicted": 3.0})

    assert grown == {"asked": 2.0}
