"""One trace over a client, the server and a consumer of the feed: redis-py with OpenTelemetry's SDK, and a collector that reads with
OpenTelemetry's own messages.

Usage: redis_py_traced.py, which says the address of its collector, and reads `HOST PORT` of the server.
"""

import gzip
import json
import queue
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import redis
from opentelemetry import trace
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest, ExportTraceServiceResponse
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

MAP = json.dumps({"areas": [{"name": "FLOOR", "category": "GA", "capacity": 20}]})
FOR_EVER_S = 600
requests = queue.Queue()


class Collector(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        requests.put((self.path, self.headers["Content-Type"], ExportTraceServiceRequest.FromString(body)))
        answer = ExportTraceServiceResponse().SerializeToString()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


def attributes(of):
    return {one.key: one.value.string_value or one.value.int_value for one in of.attributes}


collector = HTTPServer(("127.0.0.1", 0), Collector)
threading.Thread(target=collector.serve_forever, daemon=True).start()
print(f"http://127.0.0.1:{collector.server_port}", flush=True)
host, port = sys.stdin.readline().split()

exporter = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
tracer, propagator = provider.get_tracer("shop"), TraceContextTextMapPropagator()
shop = redis.Redis(host=host, port=int(port), protocol=3, decode_responses=True)


def ask(*words):
    """A command as part of the trace of now."""
    carrier = {}
    propagator.inject(carrier)
    state = ["STATE", carrier["tracestate"]] if "tracestate" in carrier else []
    return shop.execute_command("TRACED", carrier["traceparent"], *state, *words)


with tracer.start_as_current_span("checkout") as checkout:
    ask("EVENT", "CREATE", "hall", "create", MAP)
    hold = ask("HOLD", "hall", "k-1", "ann", 60_000, "AREA", "FLOOR", 2)
    assert hold["version"] == 2, hold
    sold = ask("CONFIRM", "hall", "k-2", "order-1", hold["hold"])
    # With its own key, what is not traced is the same command.
    assert shop.execute_command("CONFIRM", "hall", "k-2", "order-1", hold["hold"]) == sold
of_client = checkout.get_span_context()

# The server's spans are in the client's trace, below the client's span.
spans, resources = [], []
while {"EVENT CREATE", "HOLD", "CONFIRM"} - {span.name for span in spans}:
    path, kind, request = requests.get(timeout=FOR_EVER_S)
    assert (path, kind) == ("/v1/traces", "application/x-protobuf"), (path, kind)
    for resource in request.resource_spans:
        resources.append(attributes(resource.resource))
        for scope in resource.scope_spans:
            assert scope.scope.name == "holdfast", scope.scope
            spans += scope.spans
assert all(one["service.name"] == "holdfast" for one in resources), resources
assert {int.from_bytes(span.trace_id, "big") for span in spans} == {of_client.trace_id}
by_id = {span.span_id: span for span in spans}
assert len(by_id) == len(spans), "each has a number of its own"
for span in spans:
    assert span.start_time_unix_nano <= span.end_time_unix_nano and len(span.span_id) == 8, span
    parent = by_id.get(span.parent_span_id)
    if parent is None:
        assert int.from_bytes(span.parent_span_id, "big") == of_client.span_id, span
        assert span.kind == Span.SPAN_KIND_SERVER and span.flags == 0x301, span
    else:
        assert span.kind == Span.SPAN_KIND_INTERNAL and span.flags == 0x101, span
        assert parent.start_time_unix_nano <= span.start_time_unix_nano, (parent, span)
        assert span.end_time_unix_nano <= parent.end_time_unix_nano, (parent, span)
[confirm] = [span for span in spans if span.name == "CONFIRM"]
assert attributes(confirm) == {
    "db.system.name": "holdfast", "db.operation.name": "CONFIRM", "holdfast.event": "hall", "holdfast.version": 3,
    "holdfast.outcome": "accepted",
}, attributes(confirm)
parts = {span.name for span in spans if span.parent_span_id == confirm.span_id}
assert parts == {"decode", "queue", "judge", "release", "write"}, parts
[release] = [span for span in spans if span.name == "release" and span.parent_span_id == confirm.span_id]
assert {span.name for span in spans if span.parent_span_id == release.span_id} == {"append", "sync"}

# A consumer of the feed links its span to the one that sold.
for version, _, kind, fields in shop.execute_command("FEED", "hall", 1):
    cause = trace.get_current_span(propagator.extract({"traceparent": fields["traceparent"]})).get_span_context()
    assert cause.is_remote and cause.trace_flags.sampled, fields
    with tracer.start_as_current_span(f"mail {kind}", links=[trace.Link(cause, {"holdfast.version": version})]):
        pass
mails = [span for span in exporter.get_finished_spans() if span.name.startswith("mail ")]
assert [span.name for span in mails] == ["mail created", "mail held", "mail sold"], mails
for mail in mails:
    [link] = mail.links
    assert (link.context.trace_id, link.context.span_id) == (of_client.trace_id, of_client.span_id), mail.to_json()
    assert mail.context.trace_id != of_client.trace_id
print("redis-py: one trace")
