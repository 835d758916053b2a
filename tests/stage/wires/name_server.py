"""A real DNS server on a port of this machine, over UDP: it answers what it is told, and counts nothing as known."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.rcode
import dns.rrset


@dataclass
class NameServer:
    """`address` is ADDRESS:PORT. `records`, by (name with its last dot, sort), may be changed at any time."""

    address: str
    records: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    answers: bool = True

    def reply(self, query: bytes) -> bytes | None:
        """The answer's bytes, None for silence."""
        if not self.answers:
            return None
        asked = dns.message.from_wire(query)
        question = asked.question[0]
        answer = dns.message.make_response(asked)
        answer.flags |= dns.flags.RA
        name, sort = question.name.to_text().lower(), question.rdtype.name
        values = self.records.get((name, sort))
        if values:
            answer.answer.append(dns.rrset.from_text(question.name, 300, "IN", sort, *values))
        elif not any(known == name for known, _ in self.records):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer.to_wire()


@contextmanager
def running_name_server() -> Iterator[NameServer]:
    """The server, until the end of the block."""
    server = NameServer("")

    class Asked(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            query, socket = self.request
            if (reply := server.reply(query)) is not None:
                socket.sendto(reply, self.client_address)

    with socketserver.UDPServer(("127.0.0.1", 0), Asked) as listening:
        server.address = f"127.0.0.1:{listening.server_address[1]}"
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            listening.shutdown()
            thread.join()
