"""After the delivery: a run that lives on, asks about each alarm, and says once a day how production is.

Rule: alarms are taken last; a pass that was cut off finds the same ones, and by them the same question.
"""

from datetime import UTC, datetime, time, timedelta

from agents import asking_back
from agents.delivery import care as words
from agents.delivery.project import Project
from checkpoints.actions import reading
from checkpoints.actions.by_runs import acting, opening, taking
from checkpoints.actions.from_outside import probing
from checkpoints.core.errors import Unavailable
from checkpoints.core.from_outside.arrival import ALARM, Arrival
from checkpoints.core.from_outside.probe import Thresholds
from checkpoints.core.view import Checkpoint
from flows import gate
from flows.delivery.phases.releases import AFTER_ALARM, in_production, roll_back
from flows.outcomes import Refusal, earlier
from flows.steps import step
from flows.work import Work

A_DAY = timedelta(days=1)
CARED_FOR = frozenset({"running", "delivered"})


def care(work: Work, project: Project) -> Refusal:
    """Goes on while the project is looked after: sleeps until an alarm, or the next day. Suspends the run."""
    while work.case.state in CARED_FOR:
        alarms = taking.untaken(work.desk, work.run, ALARM)
        if alarms:
            _see_to(work, project, alarms)
        else:
            gate.rest(work, until=_say_how_it_is(work), arrival=ALARM)
    return Refusal(f"The project is {work.case.state}: nobody looks after it")


def _see_to(work: Work, project: Project, alarms: list[Arrival]) -> None:
    """Asks about all that are there, once, and does what the answer says; what rings meanwhile is asked about next."""
    first = alarms[0].id
    noted = step(work, f"alarms/{first}", lambda: _noted(work, alarms))
    loud = [alarm for alarm in alarms if str(alarm.id) in noted["loud"].split()]
    if loud:
        answer = gate.answered(work, _question(work, project, loud))
        wanted = answer.decision.fields.get("next") if answer.decision else None
        if wanted == words.ROLL_BACK:
            roll_back(work, project, f"{AFTER_ALARM}/{first}")
        elif wanted == words.STOP:
            _silence(work, loud, noted["release"], answer)
    taking.take(work.desk, work.run, map(int, noted["all"].split()))


def _noted(work: Work, alarms: list[Arrival]) -> dict[str, str]:
    """Which alarms it is about, and which of them a person still wants to hear about."""
    live = _live(work)
    release = live.deployed.digest[:12] if live.deployed else "-"
    loud = [alarm for alarm in alarms if not _is_silent(work, alarm, release)]
    return {
        "all": " ".join(str(alarm.id) for alarm in alarms),
        "loud": " ".join(str(alarm.id) for alarm in loud),
        "release": release,
    }


def _question(work: Work, project: Project, alarms: list[Arrival]) -> gate.Question:
    return gate.Question(
        f"alarm/{alarms[0].id}",
        lambda _: words.ask_about(project.name, alarms, _live(work), _thresholds(work)),
        asking_back.cannot_change,
    )


def _silence(work: Work, alarms: list[Arrival], release: str, answer: Checkpoint) -> None:
    for name in {alarm.called for alarm in alarms if alarm.called}:
        step(work, f"silent/{release}/{name}", lambda: {"by": answer.label})


def _is_silent(work: Work, alarm: Arrival, release: str) -> bool:
    known = acting.ledger(work.desk, work.run, f"silent/{release}/{alarm.called}") if alarm.called else None
    return known is not None and known.state == "done"


def _say_how_it_is(work: Work) -> datetime:
    """Writes the day's status into the ledger, unless it is there; gives the beginning of the next day, UTC."""
    today = reading.now(work.desk).astimezone(UTC).date()
    step(work, f"status/{today}", lambda: {"says": _status(work)})
    return datetime.combine(today + A_DAY, time(), UTC)


def _status(work: Work) -> str:
    points = [shown.point for shown in reading.story(work.desk, work.case.slug).cards]
    alarms = taking.count(work.desk, work.run, ALARM, A_DAY)
    due = opening.due(work.desk, work.run)
    return words.status(_live(work), [p for p in points if p.waiting], alarms, words.monthly_cost(points), due)


def _live(work: Work) -> words.Live:
    slug = work.case.slug
    try:
        deployed = in_production(work)
    except Unavailable as why:
        return words.Live(None, None, str(why))
    return words.Live(deployed, probing.probe(probing.address(work.desk, slug), reading.now(work.desk)))


def _thresholds(work: Work) -> Thresholds | None:
    set_up = earlier(work, "monitoring")
    if set_up is None or set_up.point.decision is None:
        return None
    return Thresholds.of(set_up.point.decision.fields)
