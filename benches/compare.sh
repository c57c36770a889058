#!/usr/bin/env bash
# Starts `odpsh -e "whoami;"` and `sqlite3 FILE "select 1"` in turn and prints the ratio of their times; then runs a CTAS with
# filter, group by and join over 10 million rows of 20 columns within 512 MB; then `tunnel upload` and `download` of a CSV of 1 GB
# against DuckDB's COPY of the same file (TUNNEL_ONLY=1 does only this). Needs a release build, sqlite3 and GNU time.
#
# usage: benches/compare.sh [path of the odpsh binary]
set -euo pipefail
cd "$(dirname "$0")/.."
odpsh=${1:-${CARGO_TARGET_DIR:-target}/release/odpsh}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
runs=${RUNS:-200}

# Microseconds of one run of a command.
once() {
  local start=${EPOCHREALTIME/./}
  "$@" > /dev/null 2>&1
  echo $((${EPOCHREALTIME/./} - start))
}
median() { sort -n "$1" | sed -n "$(($(wc -l < "$1") / 2 + 1))p"; }

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
if [ -n "${TUNNEL_ONLY:-}" ]; then
  tunnel
  exit 0
fi
sqlite3 "$folder/peer.db" "create table t (a)"
for _ in $(seq "$runs"); do
  once "$odpsh" --state "$folder/world.db" -e "whoami;" >> "$folder/odpsh"
  once sqlite3 "$folder/peer.db" "select 1" >> "$folder/sqlite3"
done
a=$(median "$folder/odpsh") b=$(median "$folder/sqlite3")
printf 'whoami / sqlite3 select 1: %s.%02d (medians of %s runs each, in turn)\n' $((a / b)) $((a * 100 / b % 100)) "$runs"
[ -n "${START_ONLY:-}" ] && exit 0

{
  echo "create table ids (id bigint);"
  echo "insert into ids values (0),(1),(2),(3),(4),(5),(6),(7),(8),(9);"
  rows=10
  for _ in $(seq 20); do
    echo "insert into ids select id + $rows from ids;"
    rows=$((rows * 2))
  done
  printf 'create table big as select id'
  for column in $(seq 6); do printf ', id %% %d as k%d' $((column * 1009)) "$column"; done
  for column in $(seq 6); do printf ', id * 1.%d as d%d' "$column" "$column"; done
  for column in $(seq 7); do printf ", concat('value ', id %% %d) as s%d" $((column * 100003)) "$column"; done
  echo ' from ids;'
} > "$folder/make.odps"
"$odpsh" --state "$folder/world.db" -f "$folder/make.odps" 2> /dev/null
echo "create table result as
  select a.s1, a.k6, count(*) as n, sum(b.d1) as total, max(b.s2) as last
  from big a join big b on a.id = b.id
  where a.k1 <> 7 group by a.s1, a.k6;
select count(*) as groups, sum(n) as rows_joined from result;" > "$folder/run.odps"
/usr/bin/time -f 'CTAS over 10 million rows within 512 MB: %M KB resident at most, %e s' \
  "$odpsh" --state "$folder/world.db" --memory-limit 512MB -f "$folder/run.odps"
tunnel
