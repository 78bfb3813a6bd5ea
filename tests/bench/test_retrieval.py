"""What the retrieval program prints is read as figures."""

from bench.retrieval import read

PRINTED = """\
1 x 100,000 chunks
  stored in 210 s
  dense             p50    6.1 ms   p95    9.9 ms
  both, in parallel p50    9.9 ms   p95   20.0 ms
  whole retrieve    p50   11.2 ms   p95   24.5 ms
  recall of the nearest 10 and 100: 0.998, 0.990
  recall of the 10 best by words: 0.954
100 x 1,000 chunks
  whole retrieve    p50    4.0 ms   p95    6.0 ms
"""


def test_times_and_recall_are_read() -> None:
    assert [(figure.name, figure.value) for figure in read(PRINTED)] == [
        ("1 agent of 100,000 passages, p50", 11.2),
        ("1 agent of 100,000 passages, p95", 24.5),
        ("1 agent of 100,000 passages, share of the 10 nearest by meaning found", 0.998),
        ("1 agent of 100,000 passages, share of the 10 best by words found", 0.954),
        ("100 agents of 1,000 passages, p50", 4.0),
        ("100 agents of 1,000 passages, p95", 6.0),
    ]


def test_only_the_slow_end_has_a_target() -> None:
    with_target = [figure.name for figure in read(PRINTED) if figure.target is not None]
    assert [name.rpartition(", ")[2] for name in with_target] == ["p95", "p95"]
