"""Terraform run for a case, behind the fence; the only home of python-terraform.

Rule: what was approved is what runs.
"""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from python_terraform import IsFlagged, Terraform

from checkpoints import fence
from checkpoints.core.errors import OutcomeUnknown, Refused, Unavailable
from checkpoints.core.model import Json
from checkpoints.core.work.signs import Sign
from checkpoints.core.work.stack import Applied, Binding, Planned
from checkpoints.terraform import engines, outcome, plan
from checkpoints.terraform.folder import CaseFolder, named, read, template_digest
from checkpoints.terraform.reading import MOST_BYTES

SHIPPED = Path(__file__).resolve().parents[2] / "infra" / "templates"
BUILT_IN_ONLY = frozenset({"sandbox", "sandbox-cache"})
"""Templates of ours that use no provider but Terraform's own: they execute nobody else's code."""
WORKSPACE = "default"
LOCK_TIMEOUT = "20s"


@dataclass(frozen=True)
class Limits:
    """Seconds that each step may take."""

    prepare: float = 600
    apply: float = 3600


class Runner:
    """The port `Terraform` of `core/ports.py`, for one desk's home."""

    def __init__(
        self,
        desk: fence.Fence,
        templates: Path = SHIPPED,
        engine: engines.Engine | None = None,
        cli_config: Path | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.desk = desk
        self.templates = templates
        self._engine = engine
        self.cli_config = cli_config
        self.limits = limits or Limits()

    @property
    def engine(self) -> engines.Engine:
        """Raises Refused where there is no Terraform."""
        return self._engine or engines.find()

    def plan(self, case: str, template: str, variables: Mapping[str, Json]) -> Planned:
        """Make a new plan; see the port. Nothing outside the case's folder changes."""
        folder = CaseFolder(self.desk.cases, case)
        source = self.templates / named(template, "template")
        folder.prepare(source, variables)
        folder.note_engine(str(self.engine))
        terraform = _Fenced(self, folder, self._trusted(template, folder))
        with _nothing_happened():
            # var=None: python-terraform would else write its (empty) variables where nobody inside can look.
            terraform.went_well(*terraform.init(var=None))
            terraform.went_well(*terraform.plan(out=str(folder.plan), var=None, lock_timeout=LOCK_TIMEOUT))
            folder.plan.chmod(0o600)
            # What is shown is the very copy that was hashed, whoever writes in the folder meanwhile.
            with folder.private_copy() as (copy, digest):
                summary = plan.read(terraform.shown(copy))
        return Planned(self._binding(digest, folder, template), summary, fence.holds(self.desk).says)

    def binding(self, case: str, template: str) -> Binding:
        """What the plan that lies there now is bound to; see the port."""
        folder = CaseFolder(self.desk.cases, case)
        with folder.private_copy() as (_, digest):
            return self._binding(digest, folder, template)

    def apply(self, case: str, expected: Binding) -> Applied:
        """Apply exactly the plan that `expected` names; see the port."""
        folder = CaseFolder(self.desk.cases, case)
        with folder.private_copy() as (copy, digest):
            _same(self._binding(digest, folder, expected.template), expected)
            return _Fenced(self, folder, self._trusted(expected.template, folder)).applied(copy)

    def _binding(self, plan_sha256: str, folder: CaseFolder, template: str) -> Binding:
        return Binding(
            plan_sha256=plan_sha256,
            engine=self.engine.name,
            engine_version=self.engine.version,
            template=template,
            template_sha256=folder.stack_digest(),
            lock_sha256=folder.lock_digest(),
            workspace=WORKSPACE,
        )

    def _trusted(self, template: str, folder: CaseFolder) -> bool:
        """Whether it is to the byte a template of ours that runs nobody else's code, as its state does."""
        ours = template in BUILT_IN_ONLY and folder.stack_digest() == template_digest(SHIPPED / template)
        return ours and folder.state_is_built_in()


class _Fenced(Terraform):
    """python-terraform's command lines, started by the fence, not by itself with our whole environment."""

    def __init__(self, runner: Runner, folder: CaseFolder, trusted: bool) -> None:
        self.command = runner.engine.command
        super().__init__(str(folder.stack), terraform_bin_path=self.command[0], is_env_vars_included=False)
        self.runner, self.folder, self.trusted = runner, folder, trusted

    def cmd(self, cmd: str, *args: str, **kwargs: object) -> tuple[int, str, str]:
        """As python-terraform's own: exit code, stdout, stderr.

        Raises as `fence.run`, Unavailable when too slow.
        """
        done = self._run(cmd, self.runner.limits.prepare, *args, **kwargs)
        if done.timed_out:
            slow = f"`terraform {cmd}` took more than {self.runner.limits.prepare:g} s. {NOTHING_YET}"
            raise Unavailable(slow, sign=Sign.NETWORK)
        return done.exit, _text(done.output), f"{_text(done.errors)}\nSee {done.errors.name}."

    def read_state_file(self, file_path: str | None = None) -> None:
        """Never: python-terraform would keep the state, secrets and all, in memory."""

    def went_well(self, exit_code: int, _output: str, errors: str) -> None:
        """Raises Refused, with the first error, for another exit than 0 or 2 (there are changes)."""
        if exit_code not in (0, 2):
            said = f"Terraform refused the stack. {_first_error(errors)} {NOTHING_YET}"
            raise Refused(said, sign=outcome.sign_of(errors))

    def shown(self, path: Path) -> bytes:
        """`show -json` of a plan, and no trace of it on disk: it holds secrets in clear.

        Raises Refused, Unavailable.
        """
        done = self._run("show", self.runner.limits.prepare, str(path), json=IsFlagged)
        try:
            if done.exit != 0 or done.timed_out:
                raise Refused(f"Terraform can't show the plan. See {done.errors.name}. {NOTHING_YET}")
            return read(done.output, MOST_BYTES)
        finally:
            done.output.unlink(missing_ok=True)

    def applied(self, path: Path) -> Applied:
        """Raises Refused or Unavailable when nothing was changed, else OutcomeUnknown."""
        options = {"json": IsFlagged, "input": False, "lock_timeout": LOCK_TIMEOUT}
        done = self._run("apply", self.runner.limits.apply, str(path), **options)
        try:
            log = read(done.output)
        except Refused as error:
            raise OutcomeUnknown(f"The apply ended, and its log {done.output.name} can't be read.") from error
        if done.exit == 0 and not done.timed_out:
            return outcome.applied(log, done.output.name)
        # 128 and more, or less than 0: a signal ended it, so the log may be short of what it did.
        cut_short = done.timed_out or done.exit < 0 or done.exit >= 128
        raise outcome.failure(log, done.output.name, cut_short=cut_short)

    def _run(self, cmd: str, seconds: float, *args: str, **kwargs: object) -> fence.Finished:
        line = self.generate_cmd_string(cmd, *args, **kwargs)
        job = fence.Job(
            case=self.folder.root.name,
            argv=(*self.command, *line[1:]),
            label=cmd,
            seconds=seconds,
            folder=self.folder.stack.name,
            environment=self._environment(),
        )
        return fence.run(self.runner.desk, job, trusted=self.trusted)

    def _environment(self) -> dict[str, str]:
        known = {
            "TF_IN_AUTOMATION": "1",
            "TF_INPUT": "0",
            "TF_DATA_DIR": str(self.folder.data),
            "TF_WORKSPACE": WORKSPACE,
            "CHECKPOINT_DISABLE": "1",
        }
        config = self.runner.cli_config
        return {**known, "TF_CLI_CONFIG_FILE": str(config)} if config and config.is_file() else known


NOTHING_YET = "Nothing outside the case's folder was changed."


@contextlib.contextmanager
def _nothing_happened() -> Iterator[None]:
    """Making a plan changes nothing: when it is lost half-way, trying again is safe."""
    try:
        yield
    except OutcomeUnknown as error:
        raise Unavailable(f"{error} {NOTHING_YET}") from error


def _same(found: Binding, expected: Binding) -> None:
    """Raises Refused, naming what differs, unless they are equal."""
    was, now = expected.as_json(), found.as_json()
    differing = [name.replace("_", " ") for name in was if was[name] != now[name]]
    if differing:
        raise Refused(
            f"This is not what was approved: another {', '.join(differing)}. Nothing was changed: plan and ask again."
        )


def _text(path: Path) -> str:
    return read(path).decode("utf-8", "replace")


def _first_error(errors: str) -> str:
    """The line that begins with "Error:", out of Terraform's frame, and where the rest is."""
    lines = [line.strip("│╷╵ ") for line in errors.splitlines()]
    found = [f"{line[:200]}." for line in lines if line.startswith("Error:")]
    return " ".join([*found[:1], lines[-1]])
