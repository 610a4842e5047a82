#!/usr/bin/env bash
# Proves that a logical backup can be brought back, without stopping anything: dumps DATABASE_URL as of one moment, restores it into the empty database
# DRILL_DATABASE_URL, and compares every row of every table with what stood in the source at that moment.
#
#   DATABASE_URL=postgresql://… DRILL_DATABASE_URL=postgresql://…/drill ops/backup-drill.sh
#
# Needs psql, pg_dump and pg_restore of the server's own major version or a newer one; JOBS is how many tables go at once (2).
# Exit code 0: all rows are equal. Prints how long each step took: restoring is the time to be back, with a logical backup alone.
set -euo pipefail

source_url=${DATABASE_URL:?names the database to be backed up}
drill_url=${DRILL_DATABASE_URL:?names an empty database to restore into}
jobs=${JOBS:-2}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

step() {
  local name=$1 began=$EPOCHREALTIME
  shift
  "$@"
  awk -v name="$name" -v from="$began" -v to="$EPOCHREALTIME" 'BEGIN { printf "%-24s %8.1f s\n", name, to - from }'
}

# A line a table: its name, its rows, and the sum of their hashes. Both servers must write values alike.
readonly sums="
  set timezone = 'UTC'; set datestyle = 'ISO'; set extra_float_digits = 1;
  select format('select %L, count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) from %s t', c.relname, c.oid::regclass)
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition order by c.relname \\gexec"

sums_of() { psql -XAtq -v ON_ERROR_STOP=1 -d "$1" <<<"$2 $sums" >"$3"; }
dump() { pg_dump --format=directory --jobs="$jobs" --snapshot="$snapshot" --no-owner --file="$work/dump" "$source_url"; }
restore() { pg_restore --jobs="$jobs" --exit-on-error --no-owner --dbname="$drill_url" "$work/dump"; }

tables=$(psql -XAtq -d "$drill_url" -c "select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public'")
if [[ $tables -ne 0 ]]; then
  echo "The drill's database holds $tables tables and indexes; expected an empty one." >&2
  exit 2
fi

# One session holds the moment, so that the dump and the comparison see the same rows while events go on coming in.
coproc HOLD { psql -XAtq -v ON_ERROR_STOP=1 -d "$source_url"; }
echo "begin isolation level repeatable read read only; select pg_export_snapshot();" >&"${HOLD[1]}"
read -r snapshot <&"${HOLD[0]}"

step 'Dump' dump
step 'Sums of the source' sums_of "$source_url" "begin isolation level repeatable read; set transaction snapshot '$snapshot';" "$work/source"
echo '\q' >&"${HOLD[1]}"
step 'Restore' restore
step 'Sums of the restored' sums_of "$drill_url" 'begin;' "$work/restored"

echo "$(du -sh "$work/dump" | cut -f1) dumped, $(awk -F'|' '{ rows += $2 } END { print rows }' "$work/restored") rows in $(wc -l <"$work/restored") tables restored."
if ! diff "$work/source" "$work/restored"; then
  echo 'The restored database differs from the source.' >&2
  exit 1
fi
echo 'Every row is there.'
