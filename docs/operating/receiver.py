"""Whoever is on call: prints what Alertmanager posts, an alert at a time. For trying out alerts, and not for a real sale."""

import json
from http.server import BaseHTTPRequestHandler, HTTPServer


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        for alert in message["alerts"]:
            labels, text = alert["labels"], alert["annotations"]
            if alert["status"] == "firing":
                print(f"FIRING {labels['alertname']} ({labels['severity']}): {text['summary']}")
                print(f"  to do: {text['action']}")
                print(f"  runbook: {text['runbook_url']}", flush=True)
            else:
                print(f"RESOLVED {labels['alertname']}", flush=True)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        """No line for each request."""


HTTPServer(("127.0.0.1", 9094), Receiver).serve_forever()
