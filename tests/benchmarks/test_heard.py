from benchmarks.listening import FEW, MANY, PACES_SECONDS, Heard, summaries
from benchmarks.report import HEARD_HEAD, heard_rows, table

QUICK, SLOW = PACES_SECONDS


def rounds(few_ms: float, many_ms: float, *, every_seconds: float) -> list[Heard]:
    return [
        Heard(FEW, every_seconds, few_ms, few_ms, 1.0 if few_ms else 0.0),
        Heard(MANY, every_seconds, many_ms, many_ms, 1.0),
    ]


def test_a_round_in_which_nobody_heard_gives_no_ratio() -> None:
    heard = [
        *rounds(10.0, 30.0, every_seconds=QUICK),
        *rounds(0.0, 30.0, every_seconds=QUICK),
        *rounds(0.0, 30.0, every_seconds=SLOW),
    ]
    quick, slow = summaries(heard)
    lines = table(HEARD_HEAD, heard_rows([quick, slow])).splitlines()

    assert quick.p50_ratios == [3.0]
    assert "3.0 (3.0 … 3.0)" in lines[2]
    assert lines[3].count("not heard") == 2
    assert lines[3].rstrip(" |").endswith("0.0%")
