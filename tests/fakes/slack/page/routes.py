"""The page for people: a workspace as one of them sees it, and their presses delivered as Slack would.

Rule: what is done here goes the same way as what a test does, by `hands`.
"""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.fakes.slack.docs import docs, text
from tests.fakes.slack.hands import Hands
from tests.fakes.slack.page.mrkdwn import Reader
from tests.fakes.slack.payloads import Values, elements
from tests.fakes.slack.workspace import Channel, Message, User, Workspace

NOBODY = "The app didn't answer within three seconds. Nothing is known to have happened: try again."
STALE = "This changed before you pressed. Look again."


@dataclass
class Page:
    """The routes, for one workspace."""

    space: Workspace
    hands: Hands
    templates: Environment = field(init=False)

    def __post_init__(self) -> None:
        loader = FileSystemLoader(Path(__file__).parent)
        self.templates = Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)

    def application(self) -> Starlette:
        seen = "/as/{user}/{place}"
        posts = [self.press, self.say, self.submit, self.close]
        return Starlette(
            routes=[
                Route("/", self.start),
                Route("/version", self.version),
                Route("/archives/{channel}/{message}", self.linked),
                Route(seen, self.show),
                *[Route(f"{seen}/{post.__name__}", post, methods=["POST"]) for post in posts],
            ]
        )

    async def start(self, request: Request) -> Response:
        people = self.people()
        if not people:
            return PlainTextResponse("Nobody is in this workspace yet.", 404)
        person = self.space.users.get(request.query_params.get("as", request.cookies.get("as", "")), people[0])
        place = request.query_params.get("place", "")
        channels = self.channels(person)
        if place != "home" and place not in {one.id for one in channels}:
            place = channels[0].id if channels else self.space.direct(person.id).id
        answer = RedirectResponse(f"/as/{person.id}/{place}", 303)
        answer.set_cookie("as", person.id)
        return answer

    async def version(self, request: Request) -> Response:
        return PlainTextResponse(str(self.space.version))

    async def linked(self, request: Request) -> Response:
        """What chat.getPermalink gives."""
        person = self.space.users.get(request.cookies.get("as", ""), self.people()[0])
        digits = request.path_params["message"].removeprefix("p")
        ts = request.query_params.get("thread_ts", f"{digits[:-6]}.{digits[-6:]}")
        return RedirectResponse(f"/as/{person.id}/{request.path_params['channel']}?thread={ts}", 303)

    async def show(self, request: Request) -> Response:
        me, place = self.me(request), str(request.path_params["place"])
        channel = self.space.channels.get(place)
        if channel is None and place != "home":
            return PlainTextResponse("There is no such channel.", 404)
        if place == "home" and "x-live" not in request.headers:
            # In the background: the tab shows what the app publishes as soon as it does.
            self.hands.wires.begin(self.hands.open_home(me))
        thread = channel.messages.get(request.query_params.get("thread", "")) if channel else None
        drawn = self.seen(me, place, channel, thread) | {"notice": request.query_params.get("notice")}
        return HTMLResponse(self.templates.get_template("page.html").render(**drawn))

    def seen(self, me: User, place: str, channel: Channel | None, thread: Message | None) -> dict[str, object]:
        """What the template draws."""
        stack = self.space.stacks.get(me.id)
        home = self.space.homes.get(me.id)

        def visible(message: Message) -> bool:
            return message.only_for in ("", me.id)

        def replies(parent: Message) -> list[Message]:
            said = self.space.channels[parent.channel].messages.values()
            return [one for one in said if one.thread == parent.ts and one.ts != parent.ts and visible(one)]

        spoken = [one for one in channel.messages.values() if visible(one)] if channel else []
        title = f"{self.space.bot.name} · Home" if place == "home" else ""
        if channel:
            title = f"{self.space.bot.name} · Messages" if channel.sort == "im" else f"# {channel.name}"
        return {
            "space": self.space,
            "me": me,
            "people": self.people(),
            "channels": self.channels(me),
            "direct": self.space.direct(me.id),
            "channel": channel,
            "place": place,
            "title": title,
            "here": f"/as/{me.id}/{place}",
            "reader": Reader(self.space, me),
            "spoken_here": [one for one in spoken if one.thread in ("", one.ts) or one.broadcast],
            "replies": replies,
            "thread": thread,
            "home": self.space.views[home] if home else None,
            "modal": self.space.views[stack[-1]] if stack else None,
        }

    async def press(self, request: Request) -> Response:
        me, form = self.me(request), await read(request)
        view = self.space.views.get(form.get("view", ""))
        channel = self.space.channels.get(form.get("channel", ""))
        message = channel.messages.get(form.get("ts", "")) if channel else None
        blocks = docs(view.body, "blocks") if view else message.blocks if message else []
        found = [one for id, one in elements(blocks) if one["action_id"] == form.get("action")]
        if not found:
            return self.back(request, form, STALE)
        values = filled(form, {id for id, _ in elements(blocks)})
        if view:
            sent = await self.hands.press_in_view(me, view, form["action"], values)
        else:
            assert message is not None
            sent = await self.hands.press(me, message, form["action"], values)
        if address := text(found[0], "url"):
            return RedirectResponse(address, 303)
        return self.back(request, form, "" if sent.acked else NOBODY)

    async def submit(self, request: Request) -> Response:
        me, form = self.me(request), await read(request)
        view = self.space.shown(form.get("view", ""), me.id)
        if view is None:
            return self.back(request, form, STALE)
        if action := form.get("action"):
            sent = await self.hands.press_in_view(me, view, action, filled(form))
        else:
            sent = await self.hands.submit(me, view, filled(form))
        return self.back(request, form, "" if sent.acked else NOBODY)

    async def close(self, request: Request) -> Response:
        me, form = self.me(request), await read(request)
        if view := self.space.shown(form.get("view", ""), me.id):
            await self.hands.close(me, view)
        return self.back(request, form)

    async def say(self, request: Request) -> Response:
        """A message, or (`/countersign …`) a command."""
        me, form = self.me(request), await read(request)
        words, thread = form.get("words", "").strip(), form.get("thread", "")
        channel = self.space.channels[str(request.path_params["place"])]
        if words.startswith("/"):
            if thread:
                return self.back(request, form, "Slack takes no commands in a thread.")
            name, _, rest = words.partition(" ")
            sent = await self.hands.command(me, channel, name, rest.strip())
            return self.back(request, form, "" if sent.acked else NOBODY)
        if words:
            await self.hands.say(me, channel, words, thread)
        return self.back(request, form)

    def back(self, request: Request, form: dict[str, str], notice: str = "") -> Response:
        me, place = request.path_params["user"], request.path_params["place"]
        more = {"thread": form.get("thread", ""), "notice": notice}
        query = urlencode({key: value for key, value in more.items() if value})
        return RedirectResponse(f"/as/{me}/{place}{'?' if query else ''}{query}", 303)

    def me(self, request: Request) -> User:
        return self.space.users[str(request.path_params["user"])]

    def people(self) -> list[User]:
        return [one for one in self.space.users.values() if not one.bot]

    def channels(self, person: User) -> list[Channel]:
        return [one for one in self.space.channels.values() if one.sort != "im" and person.id in one.members]


async def read(request: Request) -> dict[str, str]:
    """The form; what was ticked several times, comma-separated."""
    async with request.form() as form:
        names = dict.fromkeys(form.keys())
        return {name: ",".join(str(one) for one in form.getlist(name)) for name in names}


def filled(form: dict[str, str], known: set[str] | None = None) -> Values:
    values = {name.removeprefix("value."): value for name, value in form.items() if name.startswith("value.")}
    return {name: value for name, value in values.items() if known is None or name in known}
