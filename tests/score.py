#!/usr/bin/env python3
"""Runs black-box scorers over a mail corpus, with the figures reached so far as bars: tests/scores.txt.

    tests/score.py SCORERS CORPUS [PROGRAM]

SCORERS holds score_explain.py and score_threads.py. They know the program by its command line, its LMTP replies and the
mail that it sends; so one is started here on a store of its own, with a smarthost that keeps all it gets.
"""
import os
import pathlib
import re
import shlex
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading

HERE = pathlib.Path(__file__).resolve().parent
SHARED, AGENT, AUTHSERV_ID = "hjelp@example.org", "ola@example.org", "mx.example.org"
START_SECONDS_MAX = 60

CONFIG = """
host_name = "henvend.example"
reply_domain = "svar.example.org"
data_directory = "{folder}/data"
[listen]
lmtp = "unix:{folder}/lmtp"
[http]
probes = "off"
api = "unix:{folder}/api"
# Every contact is acknowledged: that is how a scorer learns the names of our mails.
[acknowledgements]
per_sender_day_max = 1000000
per_category_minute_max = 1000000
site_minute_max = 1000000
unverified = "always"
[[outbound.smarthost]]
port = {port}
[trust]
authserv_ids = ["{authserv_id}"]
[log]
level = "error"
"""

DIRECTORY = """
operators = ["drift@site.example"]
[[customer]]
key = "uni"
name = "Universitetet"
[[customer.category]]
path = "orakel"
name = "Orakel"
addresses = ["{shared}"]
members = ["{agent}"]
[[user]]
name = "Ola Nordmann"
addresses = ["{agent}"]
at.uni = {{}}
[[user]]
name = "Drift"
addresses = ["drift@site.example"]
"""


class Smarthost(socketserver.ThreadingTCPServer):
    """Takes everything, and keeps each mail as a file."""

    allow_reuse_address, daemon_threads = True, True

    def __init__(self, folder):
        self.kept, self.unfinished, self.count = folder / "sent", folder / "unfinished", 0
        self.kept.mkdir()
        self.unfinished.mkdir()
        super().__init__(("127.0.0.1", 0), Session)

    def keep(self, recipients, data):
        self.count += 1
        name = "%d-%d" % (threading.get_ident(), self.count)
        (self.unfinished / name).write_bytes(b"X-Envelope-To: " + b", ".join(recipients) + b"\r\n" + data)
        os.rename(self.unfinished / name, self.kept / name)


class Session(socketserver.StreamRequestHandler):
    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def handle(self):
        self.say("220 smarthost.example")
        recipients = []
        for line in self.rfile:
            verb = line[:4].upper()
            if verb in (b"EHLO", b"HELO"):
                self.say("250-smarthost.example\r\n250-8BITMIME\r\n250-PIPELINING\r\n250 SMTPUTF8")
                continue
            if verb == b"QUIT":
                return self.say("221 bye")
            if verb == b"DATA":
                self.say("354 go on")
                self.server.keep(recipients, self.data())
            if verb == b"RCPT":
                recipients.append(line.partition(b"<")[2].partition(b">")[0])
            elif verb != b"NOOP":
                recipients = []
            self.say("250 ok")

    def data(self):
        lines = iter(self.rfile.readline, b"")
        taken = iter(lambda: next(lines, b".\r\n"), b".\r\n")
        return b"".join(line[1:] if line.startswith(b".") else line for line in taken)


class House:
    """The program with one shared address and one agent; everything else is on a temporary folder."""

    def __init__(self, program, folder):
        self.program, self.folder, self.smarthost = program, folder, Smarthost(folder)
        threading.Thread(target=self.smarthost.serve_forever, daemon=True).start()
        self.config, self.directory = folder / "henvend.toml", folder / "directory.toml"
        port = self.smarthost.server_address[1]
        self.config.write_text(CONFIG.format(folder=folder, port=port, authserv_id=AUTHSERV_ID))
        self.directory.write_text(DIRECTORY.format(shared=SHARED, agent=AGENT))

    def __enter__(self):
        word = self.config.parent / "notify"
        ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        ear.bind(str(word))
        ear.settimeout(START_SECONDS_MAX)
        environment = {**os.environ, "NOTIFY_SOCKET": str(word)}
        self.running = subprocess.Popen([self.program, "serve", "--config", self.config], env=environment)
        try:
            # It says so when it takes mail, as it would to systemd.
            while not ear.recv(256).startswith(b"READY=1"):
                pass
        except TimeoutError:
            self.running.kill()
            sys.exit("score.py: the program did not start")
        finally:
            ear.close()
        subprocess.run([self.program, "--config", self.config, "directory", "apply", self.directory, "--yes"],
                       check=True, capture_output=True, timeout=START_SECONDS_MAX)
        return self

    def __exit__(self, *_):
        self.running.terminate()
        self.running.wait(START_SECONDS_MAX)
        self.smarthost.shutdown()


def score(scorers, corpus, program, line):
    """Runs one line of scores.txt; its exit code."""
    what, *arguments = shlex.split(line)
    if what == "explain":
        command = [scorers / "score_explain.py", "--explain", f"{program} explain --offline --json", "--expect", corpus]
        return subprocess.run([sys.executable, *command, *arguments, corpus]).returncode
    name, *arguments = arguments
    with tempfile.TemporaryDirectory(prefix="henvend-") as folder, House(program, pathlib.Path(folder)) as house:
        command = [scorers / "score_threads.py", "--lmtp", f"unix:{folder}/lmtp", "--to", SHARED]
        command += ["--capture", house.smarthost.kept, "--authserv-id", AUTHSERV_ID]
        return subprocess.run([sys.executable, *command, *arguments, corpus / "threads" / name]).returncode


def main():
    if not 3 <= len(sys.argv) <= 4:
        sys.exit(__doc__)
    scorers, corpus = (pathlib.Path(path).resolve() for path in sys.argv[1:3])
    program = pathlib.Path(sys.argv[3] if len(sys.argv) > 3 else HERE.parent / "target/debug/henvend").resolve()
    written = re.sub(r"\\\n\s*", "", (HERE / "scores.txt").read_text(encoding="utf-8"))
    lines = [line for line in written.splitlines() if line.strip() and not line.startswith("#")]
    below = [line for line in lines if score(scorers, corpus, program, line)]
    if below:
        sys.exit("\nbelow the bar:\n" + "\n".join(below))


if __name__ == "__main__":
    main()
