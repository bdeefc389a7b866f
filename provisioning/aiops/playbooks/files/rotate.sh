# sh rotate.sh copy|rename FILE KEEP: FILE becomes FILE.1, FILE.1 becomes FILE.2 and so on; KEEP old ones stay.
# copy: for programs that can't open their log anew; what they write while it is copied is lost.
manner=$1 file=$2 keep=$3
number=$keep
rm -f -- "$file.$number"
while [ "$number" -gt 1 ]; do
  older=$number
  number=$((number - 1))
  [ ! -f "$file.$number" ] || mv -- "$file.$number" "$file.$older" || exit 1
done
if [ "$manner" = rename ]; then
  mv -- "$file" "$file.1"
else
  cp -p -- "$file" "$file.1" && : >"$file"
fi
