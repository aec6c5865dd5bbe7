"""The script that an office would write: one row after the other, posted and then marked as sent."""
import os
import sys

import psycopg
import requests

HEADERS = {"content-type": "application/json; charset=utf-8", "dstcode": "VN:GOV:G22:DVC"}

with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
    if sys.argv[1] == "enrol":
        connection.execute("ALTER TABLE body ADD COLUMN IF NOT EXISTS sent boolean")
        connection.execute("UPDATE body SET sent = false")
        print("enrolled 0", flush=True)
    else:
        session = requests.Session()
        for key, body in connection.execute("SELECT id, body FROM body WHERE NOT sent").fetchall():
            answer = session.post(os.environ["PORTAL_URL"] + "/integration", data=body.encode(), headers=HEADERS)
            if answer.json()["error_code"] in (0, "0"):
                connection.execute("UPDATE body SET sent = true WHERE id = %s", (key,))
        print("done", flush=True)
    sys.stdin.readline()
