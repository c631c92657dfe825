# What a side holds, told so that two sides that hold the same tell the same. Given to `sh -es`.
#   files FOLDER | postgresql VERSION/CLUSTER DATABASE… | dump COMMAND
export LC_ALL=C
kind="$1"
shift

files() {
  cd "$1"
  echo "$(find . -type f | wc -l) files, $(find . -type f -printf '%s\n' | awk '{n += $1} END {print n + 0}') bytes"
  {
    find . -type f -print0 | sort -z | xargs -0r sha256sum
    find . ! -type f -printf '%y %P %l\n' | sort
  } | sha256sum | sed 's/ .*/ sha256 of all/'
}

# One line a table: its rows, and a sum over the hashes of all of them, which no order changes.
postgresql() {
  export PGCLUSTER="$1"
  shift
  for database in "$@"; do
    runuser -u postgres -- psql --no-psqlrc --quiet --no-align --tuples-only --set=ON_ERROR_STOP=1 --dbname="$database" <<'SQL' | sed "s/^/$database /"
select format('select %L, count(*) || '' rows'', coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) from %s t', c.oid::regclass, c.oid::regclass)
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
 where c.relkind in ('r', 'm') and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg\_temp%'
 order by c.oid::regclass::text \gexec
SQL
  done
}

case "$kind" in
  files | postgresql) "$kind" "$@" ;;
  dump) sh -ec "$1" ;;
esac
