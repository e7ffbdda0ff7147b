# SPDX-License-Identifier: Apache-2.0
"""A registry that knows every tag, takes its time, and counts: for what Debian's registry cannot be asked to do."""
import hashlib
import http.server
import threading
import time


class SlowRegistry:
    """Answers each HEAD of a manifest after `delay` seconds, in a thread of its own."""

    def __init__(self, delay):
        registry = self
        self.heads = 0
        self.lock = threading.Lock()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_HEAD(self):
                with registry.lock:
                    registry.heads += 1
                time.sleep(delay)
                self.send_response(200)
                self.send_header("Content-Type", "application/vnd.oci.image.index.v1+json")
                self.send_header("Docker-Content-Digest", "sha256:" + hashlib.sha256(self.path.encode()).hexdigest())
                self.send_header("Content-Length", "2")
                self.end_headers()

            def log_message(self, *unused):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 256

        self.server = Server(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
