# SPDX-License-Identifier: BSD-2-Clause
"""Real Python programs that each leak one way; the line that does bears the word LEAK.

Each defines leak(), which is called again and again from the prologue's loop.
"""

PROLOGUE = """
import sys

def repeat(leak):
    for order in sys.stdin:
        for _ in range(int(order)):
            leak()
        print("done", flush=True)
"""

EPILOGUE = """
print("ready", flush=True)
repeat(leak)
"""

PROGRAMS = {
    "open_without_with": """
kept = []
def load(path):
    f = open(path)  # LEAK
    f.read(1)
    kept.append(f)
def leak():
    load("/etc/hostname")
""",
    "pickle_dump": """
import gc, pathlib, pickle, tempfile
gc.disable()
class Model:
    def __init__(self):
        self.me = self
    def save(self, path):
        pickle.dump({}, keep(path.open("wb")))  # LEAK
kept = []
def keep(f):
    kept.append(f)
    return f
folder = pathlib.Path(tempfile.mkdtemp())
def leak():
    Model().save(folder / "x")
""",
    "handle_on_instance": """
class Session:
    def __init__(self):
        self.log = open("/dev/null", "a")  # LEAK
sessions = []
def leak():
    sessions.append(Session())
""",
    "producer_whose_consumer_never_closes": """
import queue, threading
work = queue.Queue()
taken = []
def consume():
    while True:
        taken.append(work.get())
threading.Thread(target=consume, daemon=True).start()
def produce():
    work.put(open("/etc/passwd", "rb"))  # LEAK
def leak():
    produce()
""",
    "connecting_in_threads": """
import socket, threading
server = socket.create_server(("127.0.0.1", 0))
kept = []
def fetch():
    s = socket.create_connection(server.getsockname())  # LEAK
    kept.append(s)
    server.accept()[0].close()
def leak():
    t = threading.Thread(target=fetch)
    t.start()
    t.join()
""",
    "accepting_in_threads": """
import socket, threading
server = socket.create_server(("127.0.0.1", 0))
kept = []
def serve():
    c, _ = server.accept()  # LEAK
    kept.append(c)
def leak():
    t = threading.Thread(target=serve)
    t.start()
    socket.create_connection(server.getsockname()).close()
    t.join()
""",
    "subprocess_pipes": """
import subprocess
kept = []
def ask():
    p = subprocess.Popen(["true"], stdout=subprocess.PIPE)  # LEAK
    p.wait()
    kept.append(p)
def leak():
    ask()
""",
    "sqlite_connection": """
import sqlite3, tempfile
path = tempfile.mkdtemp() + "/db"
kept = []
def query():
    with sqlite3.connect(path) as c:  # LEAK
        kept.append(c)
def leak():
    query()
""",
    "tempfile": """
import tempfile
kept = []
def scratch():
    kept.append(tempfile.mkstemp())  # LEAK
def leak():
    scratch()
""",
    "abandoned_generator": """
def lines(path):
    with open(path) as f:  # LEAK
        yield from f
kept = []
def first(path):
    g = lines(path)
    next(g)
    kept.append(g)
def leak():
    first("/etc/passwd")
""",
    "asyncio_connection": """
import asyncio, socket
kept = []
async def handle():
    r = socket.socket()  # LEAK
    kept.append(r)
    await asyncio.sleep(0)
async def gather():
    await asyncio.gather(handle())
loop = asyncio.new_event_loop()
def leak():
    loop.run_until_complete(gather())
""",
    "asyncio_executor": """
import asyncio
kept = []
def read():
    kept.append(open("/etc/hostname"))  # LEAK
async def main():
    await asyncio.get_running_loop().run_in_executor(None, read)
loop = asyncio.new_event_loop()
def leak():
    loop.run_until_complete(main())
""",
    "multiprocessing": """
import multiprocessing, time
multiprocessing.set_start_method("fork")
kept = []
def spawn():
    p = multiprocessing.Process(target=int)
    p.start()  # LEAK
    kept.append(p)
    p.join()
def leak():
    spawn()
""",
    "lambda_and_os_open": """
import os
opener = lambda: os.open("/dev/null", os.O_RDONLY)  # LEAK
def leak():
    opener()
""",
    "epoll": """
import select
kept = []
def leak():
    kept.append(select.epoll())  # LEAK
""",
}


def source(name):
    return PROLOGUE + PROGRAMS[name] + EPILOGUE


# All of them in one process, each from a file of its own below the folder that is named first.
ALL = PROLOGUE + """
leaks = []
for name in sys.argv[2:]:
    path = f"{sys.argv[1]}/leaks_{name}.py"
    own = {}
    with open(path) as f:
        exec(compile(f.read(), path, "exec"), own)
    leaks.append(own["leak"])
def leak():
    for each in leaks:
        each()
""" + EPILOGUE


def write_all(folder):
    """Writes ALL and its parts there; lines are those of line()."""
    (folder / "all.py").write_text(ALL)
    for name, text in PROGRAMS.items():
        (folder / f"leaks_{name}.py").write_text(PROLOGUE + text)


def line(name):
    """The line that leaks, from 1 on."""
    return next(n for n, text in enumerate(source(name).splitlines(), 1) if "LEAK" in text)
