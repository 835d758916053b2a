"""The desk's figures in Prometheus's text format. The only importer of prometheus_client.

Rule: a name that is published stays; runbooks/tasks/watching.md says what each of them means.
"""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from checkpoints.store.work.watched.figures import Figures

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
STATES = ("asked", "open", "changing")
REFUSALS = {"try refused": "person", "refused by the desk": "request", "submission refused": "submission"}
SIGN_INS = ("unknown", "too soon", "slack not signed", "slack unknown", "junk")
PROCESSES = ("porter", "engine")


def exposition(figures: Figures) -> bytes:
    """All of them as text."""
    registry = CollectorRegistry()
    registry.register(Measured(figures))
    return generate_latest(registry)


class Measured(Collector):
    """One reading of the store."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        yield from _waiting(self._figures)
        yield from _answers(self._figures)
        yield from _errands(self._figures)
        yield from _trouble(self._figures)


def _waiting(figures: Figures) -> Iterator[Metric]:
    number = gauge("checkpoints_waiting", "Checkpoints that wait, by state: for the desk, a person, a change", "state")
    for state in STATES:
        number.add_metric([state], figures.waiting[state].number if state in figures.waiting else 0)
    yield number
    oldest = max((waiting.oldest for waiting in figures.waiting.values()), default=0)
    yield GaugeMetricFamily("countersign_oldest_waiting_seconds", "Since the oldest of them was asked", oldest)


def _answers(figures: Figures) -> Iterator[Metric]:
    answers = counter("answers", "People's answers", "verdict", "way")
    for verdict, way, number in figures.answers:
        answers.add_metric([verdict, way], number)
    yield answers
    yield CounterMetricFamily("countersign_approved_by_rule", "Checkpoints that the rule approved", figures.by_rule)
    took = gauge("wake_seconds", "From the decision until its run had read it, of the last hour", "quantile")
    for quantile, seconds in figures.wake_seconds.items():
        took.add_metric([quantile], seconds)
    yield took
    yield GaugeMetricFamily("countersign_wakes", "How many runs read a decision in the last hour", figures.wakes)


def _errands(figures: Figures) -> Iterator[Metric]:
    depth = gauge("errands_open", "Errands that are not done", "kind")
    overdue = gauge("errand_overdue_seconds", "For how long the oldest due errand has been due", "kind")
    oldest = gauge(
        "errand_oldest_seconds", "Since the oldest open errand was promised, however often it was tried", "kind"
    )
    for kind, errands in figures.errands.items():
        depth.add_metric([kind], errands.number)
        overdue.add_metric([kind], errands.overdue)
        oldest.add_metric([kind], errands.oldest)
    yield from (depth, overdue, oldest)


def _trouble(figures: Figures) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "countersign_unknown_permits", "Effects of which nobody knows whether they happened", figures.unknown_permits
    )
    refusals = counter("refusals", "What the desk said no to: a person's try, a run's request or submission", "of")
    for event, of in REFUSALS.items():
        refusals.add_metric([of], figures.refusals.get(event, 0))
    yield refusals
    sign_ins = counter("sign_ins_refused", "Tries that are only counted: of strangers, too soon, junk", "of")
    for of in SIGN_INS:
        sign_ins.add_metric([of], figures.sign_ins.get(of, 0))
    yield sign_ins
    told = "Passes that died, of runs that no person has looked at since"
    yield GaugeMetricFamily("countersign_lost_leases", told, figures.lost_leases)
    unseen = gauge("process_unseen_seconds", "Since a process of this name said that it is alive", "process")
    for process in PROCESSES:
        if process in figures.processes:
            unseen.add_metric([process], figures.processes[process])
    yield unseen


def gauge(name: str, what: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"countersign_{name}", what, labels=labels)


def counter(name: str, what: str, *labels: str) -> CounterMetricFamily:
    return CounterMetricFamily(f"countersign_{name}", what, labels=labels)
