"""What the app answers beside the Web API: at a response_url, and in its acknowledgements."""

import time
from dataclasses import dataclass, field, replace

from tests.fakes.slack.docs import Doc, doc, flag, text
from tests.fakes.slack.methods import chat, views
from tests.fakes.slack.methods.answers import No
from tests.fakes.slack.workspace import Message, View, Workspace

USES = 5
LASTS_S = 30 * 60


@dataclass
class ResponseUrl:
    """Good five times within half an hour."""

    user: str
    channel: str
    message: Message | None
    until: float
    uses: int = 0


@dataclass
class Answering:
    """The response_urls that were given out, and what acknowledgements do."""

    space: Workspace
    urls: dict[str, ResponseUrl] = field(default_factory=dict)

    def new_url(self, user: str, channel: str, message: Message | None) -> str:
        path = f"/actions/{self.space.team_id}/{self.space.new_id('R')}"
        self.urls[path] = ResponseUrl(user, channel, message, time.monotonic() + LASTS_S)
        return self.space.url + path

    def use(self, path: str, body: Doc) -> None:
        """What a POST to a response_url does. Raises No."""
        url = self.urls.get(path)
        if url is None or time.monotonic() > url.until:
            raise No("expired_url")
        if url.uses >= USES:
            raise No("used_url")
        url.uses += 1
        said = url.message
        if said and flag(body, "delete_original"):
            self.space.channels[said.channel].messages.pop(said.ts, None)
            self.space.version += 1
        elif said and flag(body, "replace_original"):
            where = self.space.channels[said.channel]
            fresh = chat.content(self.space, body, where)
            blocks = fresh.blocks if "blocks" in body else []
            url.message = replace(said, text=fresh.text, blocks=blocks, edited=fresh.ts, versions=said.versions + 1)
            self.space.post(url.message)
        else:
            self.say(url.user, url.channel, body)

    def say(self, user: str, channel: str, body: Doc) -> Message:
        """To this person alone, unless the answer is for all."""
        fresh = chat.content(self.space, body, self.space.channels[channel])
        alone = text(body, "response_type") != "in_channel"
        return self.space.post(replace(fresh, only_for=user if alone else ""))

    def after_submission(self, view: View, answer: Doc) -> None:
        """What the acknowledgement of a submitted modal says: other errors, another view, or nothing: it closes."""
        view.errors = {}
        match text(answer, "response_action"):
            case "errors":
                view.errors = {key: str(said) for key, said in doc(answer, "errors").items()}
                self.space.version += 1
            case "update":
                views.changed(self.space, view, views.checked(answer, "modal"))
            case "push":
                views.pushed(self.space, view.user, views.checked(answer, "modal"))
            case "clear":
                self.space.stacks.pop(view.user, None)
                self.space.version += 1
            case _:
                self.closed(view)

    def closed(self, view: View) -> None:
        stack = self.space.stacks.get(view.user, [])
        if view.id in stack:
            stack.remove(view.id)
        self.space.version += 1
