import sqlite3
import sys

import bottle


@bottle.get("/")
def items():
    with sqlite3.connect("var/todo.db") as database:
        return {"items": [name for (name,) in database.execute("select name from item order by name")]}


def main():
    if sys.argv[1:] == ["serve"]:
        bottle.run(host="0.0.0.0", port=5000, quiet=True)
    else:
        print("usage: todo serve")
