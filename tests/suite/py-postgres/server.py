import http.server

import psycopg2
from psycopg2.extensions import parse_dsn


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        text = f"libpq {psycopg2.__libpq_version__ // 10000}, {parse_dsn('dbname=shop host=db')}\n"
        self.send_response(200)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("", 8000), Handler).serve_forever()
