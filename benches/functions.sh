#!/usr/bin/env bash
# A scalar Python function over a million rows against the same function as a vectorised Python UDF of DuckDB, in turn. Needs a release build
# and python3; DuckDB, numpy and pyarrow come from PyPI.
#
# usage: benches/functions.sh [path of a release build of odpsh]          RUNS=5 benches/functions.sh
set -euo pipefail
cd "$(dirname "$0")/.."
odpsh=${1:-${CARGO_TARGET_DIR:-target}/release/odpsh}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export RUNS=${RUNS:-5}

if ! { python3 -m venv "$folder/venv" && "$folder/venv/bin/pip" install --quiet duckdb numpy pyarrow; } > /dev/null 2>&1; then
  echo "Python functions against DuckDB: skipped, duckdb, numpy and pyarrow cannot be installed here"
  exit
fi
cat > "$folder/add_one.py" <<'PYTHON'
from odps.udf import annotate


@annotate("bigint->bigint")
class AddOne(object):
    def evaluate(self, number):
        return None if number is None else number + 1
PYTHON
{
  echo "add py $folder/add_one.py; create function add_one as 'add_one.AddOne' using 'add_one.py';"
  echo 'create table numbers (a bigint); insert into numbers values (0),(1),(2),(3),(4),(5),(6),(7),(8),(9);'
  rows=10
  for _ in $(seq 17); do
    echo "insert into numbers select a + $rows from numbers;"
    rows=$((rows * 2))
  done
  echo 'create table million as select a from numbers where a < 1000000;'
} > "$folder/make.odps"
"$odpsh" --state "$folder/world.db" -f "$folder/make.odps" > "$folder/made" 2>&1 || { cat "$folder/made" >&2; exit 1; }
cat > "$folder/compare.py" <<'PYTHON'
import os, statistics, subprocess, sys, time
import duckdb, pyarrow as pa

odpsh, state, runs = sys.argv[1], sys.argv[2], int(os.environ["RUNS"])
database = duckdb.connect()
database.execute("create table million as select range as a from range(1000000)")


def add_one(numbers):
    """The body of the function for each value, as it is called there."""
    return pa.array([None if number is None else number + 1 for number in numbers.to_pylist()], pa.int64())


database.create_function("add_one", add_one, ["BIGINT"], "BIGINT", type="arrow")


def took(run):
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def ours(query):
    done = subprocess.run([odpsh, "--state", state, "--project", "sandbox", "-e", query], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return done.stdout


assert "500000500000" in ours("select sum(add_one(a)) as s from million;")
mine, plain, peer = [], [], []
for _ in range(runs):
    mine.append(took(lambda: ours("select sum(add_one(a)) as s from million;")))
    plain.append(took(lambda: ours("select sum(a + 1) as s from million;")))
    peer.append(took(lambda: database.execute("select sum(add_one(a)) from million").fetchall()))
mine = statistics.median(mine) - statistics.median(plain)
peer = statistics.median(peer)
print(f"Python functions: {1 / mine:.2f} million calls a second, at least 0.5: {'met' if mine <= 2 else 'not met'}")
print(f"Python functions: {peer / mine:.2f} x the speed of DuckDB's, at least 0.5: {'met' if peer / mine >= 0.5 else 'not met'}")
PYTHON
"$folder/venv/bin/python" "$folder/compare.py" "$odpsh" "$folder/world.db"
