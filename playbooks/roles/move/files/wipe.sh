# Wipes one block device or one folder, reads it again, and says what was done. Given to `sh -es`.
export LC_ALL=C
place="$1"
if [ -b "$place" ]; then
  bytes="$(blockdev --getsize64 "$place")"
  shred --iterations=1 --zero "$place"
  left="$(tr -d '\0' < "$place" | head -c 1 | wc -c)"
  [ "$left" -eq 0 ] || { echo "$place: not zero after wiping" >&2; exit 1; }
  echo "$place: $bytes bytes overwritten with random data, then zeros, and read back as zeros"
elif [ -d "$place" ]; then
  files="$(find "$place" -xdev -type f | wc -l)"
  bytes="$(find "$place" -xdev -type f -printf '%s\n' | awk '{n += $1} END {print n + 0}')"
  find "$place" -xdev -type f -exec shred --iterations=1 --zero --remove=unlink {} +
  rm -rf "$place"
  [ ! -e "$place" ] || { echo "$place: is there still" >&2; exit 1; }
  echo "$place: $files files, $bytes bytes overwritten with random data, then zeros, and removed"
else
  echo "$place: nothing was there"
fi
