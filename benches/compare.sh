#!/usr/bin/env bash
# Starts `odpsh -e "whoami;"` and `sqlite3 FILE "select 1"` in turn and prints the ratio of their times; then runs a CTAS with
# filter, group by and join over 10 million rows of 20 columns within 512 MB. Needs a release build, sqlite3 and GNU time.
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

"$odpsh" --state "$folder/world.db" -e "whoami;" > /dev/null
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
