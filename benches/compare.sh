#!/usr/bin/env bash
# Prints every figure that odpsh is held to, with `met` or `not met`: times in turn with what they are compared with, medians.
#
# Worlds S (10 projects, 1,000 grants) and L (1,000 projects, 100,000 tables and packages, 1,000,000 grants) are made once, in
# ODPSH_WORLDS or below the folder for temporary files. What needs sqlite3 or GNU time is left out where they are not there.
#
# usage: benches/compare.sh [path of a release build of odpsh]          RUNS=20 ONLY='start decide' benches/compare.sh
set -euo pipefail
cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-target}
odpsh=${1:-$target/release/odpsh}
runs=${RUNS:-50}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
owner='ALIYUN$owner'

has() { command -v "$1" > /dev/null; }
wants() { [[ -z ${ONLY:-} || " $ONLY " == *" $1 "* ]]; }
# Milliseconds, with a point.
now() { echo "${EPOCHREALTIME/,/.}"; }
since() { awk -v a="$1" -v b="$(now)" 'BEGIN { printf "%.2f", (b - a) * 1000 }'; }
median() { sort -n "$1" | sed -n "$(($(wc -l < "$1") / 2 + 1))p"; }
calc() { awk "BEGIN { printf \"%.2f\", $1 }"; }
# figure NAME VALUE at-most|at-least LIMIT UNIT
figure() {
  local met
  met=$(awk -v a="$2" -v b="$4" -v way="$3" 'BEGIN { print ((way == "at-most" ? a <= b : a >= b) ? "met" : "not met") }')
  printf '%-64s %10s %-6s %s %s: %s\n' "$1" "$2" "$5" "${3/-/ }" "$4" "$met"
}
once() {
  local begun
  begun=$(now)
  "$@" > /dev/null 2> "$folder/error" || { cat "$folder/error" >&2; exit 1; }
  since "$begun"
  echo
}
resident() { /usr/bin/time -f %M "$@" 2>&1 > /dev/null | tail -1; }

mapfile -t worlds < <(cargo run --quiet --release -p odpsh-benches --bin worlds)
for world in "${worlds[@]}"; do cp "$world" "$folder/"; done
s="$folder/S.db" l="$folder/L.db"

if wants start; then
  grant='grant select on table t1 to user ALIYUN$alice@example.com;'
  "$odpsh" --state "$folder/own.db" -e 'whoami;' > /dev/null 2>&1
  has sqlite3 && sqlite3 "$folder/peer.db" 'create table t (a)'
  for _ in $(seq "$runs"); do
    for world in S L; do
      once "$odpsh" --state "$folder/$world.db" --user "$owner" --project p1 -e 'whoami;' >> "$folder/whoami-$world"
      once "$odpsh" --state "$folder/$world.db" --user "$owner" --project p1 -e "$grant" >> "$folder/grant-$world"
    done
    once "$odpsh" --state "$folder/own.db" -e 'select 1;' >> "$folder/select"
    once "$odpsh" --state "$folder/own.db" -e 'whoami;' >> "$folder/whoami"
    has sqlite3 && once sqlite3 "$folder/peer.db" 'select 1' >> "$folder/sqlite3"
  done
  for statement in whoami grant; do
    small=$(median "$folder/$statement-S") large=$(median "$folder/$statement-L")
    figure "-e \"$statement …\", state L / state S" "$(calc "$large / $small")" at-most 1.5 "x"
    if [ -x /usr/bin/time ]; then
      text='whoami;'
      [ $statement = grant ] && text=$grant
      kilobytes=$(resident "$odpsh" --state "$l" --user "$owner" --project p1 -e "$text")
      figure "-e \"$statement …\", state L, resident" "$(calc "$kilobytes / 1024")" at-most 40 "MB"
    fi
  done
  figure '-e "select 1;"' "$(median "$folder/select")" at-most "$(calc "2 * $(median "$folder/whoami") + 20")" "ms"
  has sqlite3 && printf '%-64s %10s x\n' '-e "whoami;" / sqlite3 FILE "select 1"' \
    "$(calc "$(median "$folder/whoami") / $(median "$folder/sqlite3")")"
fi

if wants decide; then
  cargo bench --quiet -p odpsh-benches --bench speed -- --noplot '^(decide|parse|audit)' > "$folder/criterion" 2>&1 ||
    { cat "$folder/criterion" >&2; exit 1; }
  # Microseconds in the middle of `name  time: [low middle high]`; a long name has a line of its own.
  took() {
    awk -v name="$1" 'index($0, name) == 1 { seen = 1 } seen && /time:/ {
      sub(/.*\[/, ""); value = $3; unit = $4
      print value * (unit == "ns" ? 0.001 : unit == "ms" ? 1000 : 1); exit }' "$folder/criterion"
  }
  for path in 'own path' 'package'; do
    figure "decide, $path, state L, facts in memory" "$(took "decide/$path/in memory/L")" at-most 2 "us"
    large=$(took "decide/$path/with the session cache/L")
    figure "decide, $path, state L, session cache" "$large" at-most 50 "us"
    figure "decide, $path, state L / state S" "$(calc "$large / $(took "decide/$path/with the session cache/S")")" at-most 2 "x"
    figure "decide, $path, state L, no cache" "$(took "decide/$path/without/L")" at-most 100 "us"
    for kept in 'in memory' 'with the session cache'; do
      figure "decide, $path, $kept, under 10,000 statements of a policy / without" \
        "$(calc "$(took "decide/$path under a policy/$kept/L") / $(took "decide/$path/$kept/L")")" at-most 2 "x"
    done
  done
fi

if wants grants; then
  for n in $(seq 20000); do
    echo "grant Select on table t$((n % 100 + 1)) to user ALIYUN\$user$((n % 1000 + 3))@example.com;"
  done > "$folder/grants.odps"
  begun=$(now)
  "$odpsh" --state "$l" --user "$owner" --project p1 -f "$folder/grants.odps" > "$folder/grants.out"
  figure 'script of 20,000 GRANT, state L' "$(calc "20000 / $(since "$begun") * 1000")" at-least 10000 "/s"
  [ "$(grep -c '^OK$' "$folder/grants.out")" = 20000 ] || echo 'not every GRANT said OK' >&2
fi

if wants packages; then
  begun=$(now)
  "$odpsh" --state "$l" --user "$owner" --project p1 -e 'show packages;' | {
    read -r _
    since "$begun" > "$folder/first"
    cat > /dev/null
  }
  figure 'show packages, 100,000 packages, first line' "$(cat "$folder/first")" at-most 100 "ms"
  figure 'show packages, 100,000 packages' "$(since "$begun")" at-most 3000 "ms"
fi

if wants who; then
  for _ in $(seq 200); do echo '--@ who can select on table t3'; done > "$folder/who.odps"
  echo 'whoami;' > "$folder/nothing.odps"
  for _ in $(seq 5); do
    once "$odpsh" --state "$l" --user "$owner" --project p1 -f "$folder/who.odps" >> "$folder/who"
    once "$odpsh" --state "$l" --user "$owner" --project p1 -f "$folder/nothing.odps" >> "$folder/nothing"
  done
  figure '.who can select on a table, 100 rows, state L' "$(calc "($(median "$folder/who") - $(median "$folder/nothing")) / 200")" at-most 10 "ms"
fi

if wants session; then
  # A thousand times the same hundred statements, an insert among them.
  {
    echo 'create table if not exists grown (a bigint, b string);'
    echo 'create role grower;'
    for n in $(seq 1000); do
      echo "insert into grown values ($n, 'x');"
      for i in $(seq 33); do
        echo "grant Select on table grown to role grower;"
        echo "revoke Select on table grown from role grower;"
        echo 'whoami;'
      done
    done
  } > "$folder/session.odps"
  "$odpsh" --state "$folder/session.db" -f "$folder/session.odps" > /dev/null 2>&1 &
  process=$!
  while kill -0 $process 2> /dev/null; do
    sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$process/status" 2> /dev/null || true
    sleep 0.2
  done > "$folder/resident"
  wait $process
  if has sqlite3; then
    span() { sqlite3 "$folder/session.db" "with t as (select time, row_number() over (order by id) as n from audit) select (select time from t where n = $2) - (select time from t where n = $1)"; }
    last=$(sqlite3 "$folder/session.db" 'select count(*) from audit')
    figure '100,000 statements, last 1,000 / first 1,000' \
      "$(calc "$(span $((last - 1000)) "$last") / $(span 103 1103)")" at-most 1.2 "x"
  fi
  lines=$(wc -l < "$folder/resident")
  early=$(sed -n "$((lines / 5 + 1))p" "$folder/resident") late=$(tail -1 "$folder/resident")
  figure '100,000 statements, resident at the end / after a fifth' "$(calc "$late / $early")" at-most 1.1 "x"
fi

if wants select && wants decide; then
  {
    echo 'create table small as select * from values (1, "a"), (2, "b"), (3, "c") v (id, name);'
    for _ in $(seq 2000); do echo 'select name from small where id = 1;'; done
  } > "$folder/selects.odps"
  begun=$(now)
  "$odpsh" --state "$folder/selects.db" -f "$folder/selects.odps" > /dev/null 2>&1
  all=$(calc "$(since "$begun") * 1000 / 2000")
  around=$(calc "$(took 'parse/select') + $(took 'decide/own path/with the session cache/S') + $(took 'audit/S')")
  figure 'parse + decide + audit around a small SELECT' "$(calc "100 * $around / ($all - $around)")" at-most 25 "%"
fi

if wants views; then
  {
    echo "create table ids (id bigint);"
    echo "insert into ids values (0),(1),(2),(3),(4),(5),(6),(7),(8),(9);"
    rows=10
    for _ in $(seq 17); do
      echo "insert into ids select id + $rows from ids;"
      rows=$((rows * 2))
    done
    echo "create table million as select id, id % 7 as kind, concat('value ', id % 1009) as name from ids;"
    echo "create view shown as select id, kind, name from million where kind <> 3;"
  } > "$folder/views.odps"
  "$odpsh" --state "$folder/views.db" -f "$folder/views.odps" > /dev/null 2>&1
  for condition in 'id between 500000 and 500100' 'id >= 0'; do
    rm -f "$folder/view" "$folder/table"
    for _ in $(seq 11); do
      once "$odpsh" --state "$folder/views.db" -e "select count(*), max(name) from shown where $condition;" >> "$folder/view"
      once "$odpsh" --state "$folder/views.db" \
        -e "select count(*), max(name) from million where kind <> 3 and $condition;" >> "$folder/table"
    done
    figure "view over 1.3 million rows, $condition / its table" \
      "$(calc "$(median "$folder/view") / $(median "$folder/table")")" at-most 1.5 "x"
  done
fi

if wants memory && [ -x /usr/bin/time ]; then
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
  kilobytes=$(resident "$odpsh" --state "$folder/world.db" --memory-limit 512MB -f "$folder/run.odps")
  figure 'CTAS over 10 million rows within 512 MB, resident' "$(calc "$kilobytes / 1024")" at-most 512 "MB"
fi

if wants locks; then
  # A protected project of 200 tables, and a project of the same owner in which no query may show them.
  {
    echo '--@ project create closed'
    echo '--@ project create open'
    echo 'use closed; set ProjectProtection=true;'
    for n in $(seq 200); do echo "create table t$n (a bigint, b string);"; done
    echo 'use open;'
    for n in $(seq 200); do echo "create table t$n (a bigint, b string);"; done
  } > "$folder/locks.odps"
  "$odpsh" --state "$folder/locks.db" -f "$folder/locks.odps" > /dev/null 2>&1
  union() { for n in $(seq 200); do printf '%sselect a from %s.t%d' "$([ "$n" = 1 ] || echo ' union all ')" "$1" "$n"; done; echo ';'; }
  union closed > "$folder/refused.odps"
  union open > "$folder/allowed.odps"
  head -c 200000000 /dev/urandom > "$folder/large.bin"
  other() { "$odpsh" --state "$folder/locks.db" --project open "$@" > /dev/null 2>&1 || true; }
  # The longest `whoami` of another shell while something runs, less the median of one alone.
  waits() {
    local name=$1 alone
    shift
    rm -f "$folder/alone" "$folder/beside"
    for _ in $(seq 20); do once other -e 'whoami;' >> "$folder/alone"; done
    alone=$(median "$folder/alone")
    "$@" &
    local process=$!
    once other -e 'whoami;' >> "$folder/beside"
    while kill -0 $process 2> /dev/null; do once other -e 'whoami;' >> "$folder/beside"; done
    wait $process || true
    figure "whoami beside $name, longest wait" "$(calc "$(sort -n "$folder/beside" | tail -1) - $alone")" at-most 20 "ms"
  }
  waits 'a refused union of 200 tables' other -f "$folder/refused.odps"
  waits 'add file, 200 MB' other -e "add file '$folder/large.bin';"
  waits 'get resource, 200 MB' other -e "get resource large.bin '$folder/copy.bin';"
  for _ in $(seq 11); do
    once other -f "$folder/refused.odps" >> "$folder/refused"
    once other -f "$folder/allowed.odps" >> "$folder/allowed"
  done
  figure 'union of 200 tables, refused / run' "$(calc "$(median "$folder/refused") / $(median "$folder/allowed")")" at-most 3 "x"
fi
