#!/usr/bin/env bash
# `tunnel upload` and `download` of a CSV of 1 GB against DuckDB's COPY of the same file, in turn. Needs a release build, python3
# and GNU time.
#
# usage: benches/tunnel.sh [path of a release build of odpsh]          ROWS=850000 RUNS_OF_TUNNEL=3 benches/tunnel.sh
set -euo pipefail
cd "$(dirname "$0")/.."
odpsh=${1:-${CARGO_TARGET_DIR:-target}/release/odpsh}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Microseconds of one run of a command.
once() {
  local start=${EPOCHREALTIME/./}
  "$@" > /dev/null 2>&1
  echo $((${EPOCHREALTIME/./} - start))
}

# Uploads and downloads the same 1 GB with both; skipped where DuckDB cannot be installed.
tunnel() {
  local venv="$folder/venv" csv="$folder/big.csv" columns rows=${ROWS:-8500000}
  if ! { python3 -m venv "$venv" && "$venv/bin/pip" install --quiet duckdb; } > /dev/null 2>&1; then
    echo "tunnel against DuckDB: skipped, DuckDB cannot be installed here"
    return
  fi
  columns='id bigint, name varchar, price double, amount bigint, day date, moment timestamp, note varchar'
  cat > "$folder/peer.py" <<PYTHON
import duckdb, sys, time
db = duckdb.connect(sys.argv[2])
def timed(sql):
    start = time.time()
    db.execute(sql)
    print(int((time.time() - start) * 1e6))
if sys.argv[1] == "make":
    db.execute("""copy (select i, 'name of ' || (i * 7919 % 1000003), (i * 31 % 1000000) / 100, i * 104729 % 100000000000,
      date '2000-01-01' + (i % 9000)::int, timestamp '2020-01-01' + to_seconds(i), 'a note that is some words long, ' || md5(i::varchar)
      from range($rows) t(i)) to '$csv' (header false, delimiter '|')""")
if sys.argv[1] == "in":
    db.execute("create table t ($columns)")
    timed("copy t from '$csv' (header false, delimiter '|')")
if sys.argv[1] == "out":
    timed("copy t to '$csv.out' (header false, delimiter '|')")
PYTHON
  "$venv/bin/python" "$folder/peer.py" make :memory:
  columns=${columns//varchar/string}
  "$odpsh" --state "$folder/world.db" -e "create table big_text (${columns//timestamp/datetime});" > /dev/null 2>&1
  local ours theirs direction statement
  for direction in in out; do
    statement="tunnel upload $csv big_text -fd '|' -ow true;"
    [ "$direction" = out ] && statement="tunnel download big_text $csv.ours -fd '|';"
    ours='' theirs=''
    for run in $(seq "${RUNS_OF_TUNNEL:-3}"); do
      [ "$direction" = in ] && rm -f "$folder/peer.duckdb"
      theirs+=$("$venv/bin/python" "$folder/peer.py" "$direction" "$folder/peer.duckdb")$'\n'
      ours+=$(once /usr/bin/time -a -o "$folder/memory" -f %M "$odpsh" --state "$folder/world.db" -e "$statement")$'\n'
    done
    ours=$(sort -n <<< "${ours%$'\n'}" | sed -n '2p') theirs=$(sort -n <<< "${theirs%$'\n'}" | sed -n '2p')
    printf 'tunnel %s of %s MB: %s ms, DuckDB %s ms: %s %% of its speed (second best of each)\n' \
      "$direction" $(($(stat -c %s "$csv") >> 20)) $((ours / 1000)) $((theirs / 1000)) $((theirs * 100 / ours))
  done
  cmp <(sort "$csv") <(sort "$csv.ours") && echo "tunnel: the file that came out is the file that went in"
  printf 'tunnel: %s KB resident at most\n' "$(sort -n "$folder/memory" | tail -1)"
}

"$odpsh" --state "$folder/world.db" -e "whoami;" > /dev/null
tunnel
