"""dlt: a custom destination that posts each row, batches of 500; its outcome is the load package that it keeps."""
import os
import sys
import time

import dlt
import psycopg
import requests

DATABASE, PORTAL, FOLDER = (os.environ[name] for name in ("DATABASE_URL", "PORTAL_URL", "ENTRANT_FOLDER"))
HEADERS = {"content-type": "application/json; charset=utf-8", "dstcode": "VN:GOV:G22:DVC"}
SESSION = requests.Session()


@dlt.destination(batch_size=500, loader_file_format="typed-jsonl", name="portal", skip_dlt_columns_and_tables=True)
def portal(items, table):
    for item in items:
        answer = SESSION.post(PORTAL + "/integration", data=item["body"].encode(), headers=HEADERS)
        if answer.json()["error_code"] not in (0, "0"):
            raise RuntimeError("refused")


def rows():
    with psycopg.connect(DATABASE) as connection, connection.cursor(name="bodies") as cursor:
        cursor.itersize = 5000
        cursor.execute("SELECT body FROM body")
        while page := cursor.fetchmany(5000):
            yield [{"body": body} for (body,) in page]


os.environ.update({"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "ERROR", "LOAD__WORKERS": "1"})
pipeline = dlt.pipeline("peer", destination=portal, dataset_name="peer", pipelines_dir=FOLDER)
if sys.argv[1] == "enrol":
    began = time.monotonic()
    pipeline.extract(dlt.resource(rows, name="dossier", max_table_nesting=0))
    pipeline.normalize()
    print("enrolled", time.monotonic() - began, flush=True)
else:
    pipeline.load()
    print("done", flush=True)
sys.stdin.readline()
