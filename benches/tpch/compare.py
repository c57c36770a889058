"""Runs the queries of TPC-H in odpsh and in DuckDB, in turn: compare.py <odpsh> <folder that tpch.sh made>.

Of odpsh a whole process is measured, and what one takes for `select 1` is deducted; of DuckDB, a query in a process that runs already.
The median of the runs counts. Limits: 2 x DuckDB's time in the geometric mean, 4 x for each query.
"""

import csv
import io
import math
import os
import pathlib
import re
import statistics
import subprocess
import sys
import time

import duckdb

odpsh, folder = sys.argv[1], pathlib.Path(sys.argv[2])
runs = int(os.environ.get("RUNS", "3"))
only = os.environ.get("ONLY", "").split()


def queries():
    text = pathlib.Path(__file__).with_name("queries.sql").read_text()
    found = dict(re.findall(r"-- (q\d+)\n(.*?);\n", text, re.S))
    return {name: query for name, query in found.items() if not only or name in only}


def ours(query):
    """Rows and seconds."""
    script = f"set odps.sql.type.system.odps2=true;\n{query};"
    started = time.perf_counter()
    command = [odpsh, "--state", folder / "odpsh.db", "--project", "sandbox", "--output", "csv", "-e", script]
    ended = subprocess.run(command, capture_output=True, text=True)
    took = time.perf_counter() - started
    if ended.returncode != 0:
        sys.exit(f"odpsh: {ended.stderr}\n{query}")
    return list(csv.reader(io.StringIO(ended.stdout)))[1:], took


def theirs(database, query):
    started = time.perf_counter()
    rows = database.execute(query).fetchall()
    return rows, time.perf_counter() - started


def same(mine, peer):
    """Whether two values are the same: numbers within a billionth, or within the six digits of an average of decimals."""
    if peer is None:
        return mine in ("", "NULL", "\\N")
    try:
        return math.isclose(float(mine), float(peer), rel_tol=1e-9, abs_tol=1e-6)
    except ValueError:
        return mine == str(peer)


def differ(mine, peer):
    return len(mine) != len(peer) or any(not same(a, b) for row, other in zip(mine, peer) for a, b in zip(row, other))


database = duckdb.connect(str(folder / "peer.duckdb"))
for file in sorted((folder / "files").glob("*/*.parquet")):
    database.execute(f"create table if not exists {file.parent.name} as select * from '{file}'")

idle = statistics.median(ours("select 1")[1] for _ in range(runs + 2))
ratios, failed = {}, False
for name, query in queries().items():
    mine, peer = [], []
    for _ in range(runs):
        rows, took = ours(query)
        mine.append(max(took - idle, 0.001))
        expected, took = theirs(database, query)
        peer.append(took)
    if differ(rows, expected):
        failed = True
        print(f"{name}: the answers differ: {rows[:2]} and {expected[:2]}")
    mine, peer = statistics.median(mine), statistics.median(peer)
    ratios[name] = mine / peer
    met = "met" if ratios[name] <= 4 else "not met"
    print(f"{name:4} {mine * 1000:8.0f} ms, DuckDB {peer * 1000:7.0f} ms: {ratios[name]:6.2f} x  at most 4: {met}", flush=True)
mean = math.exp(statistics.fmean(math.log(ratio) for ratio in ratios.values()))
print(f"geometric mean of {len(ratios)} queries: {mean:.2f} x  at most 2: {'met' if mean <= 2 else 'not met'}")
sys.exit(failed)
