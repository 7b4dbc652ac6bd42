# Runs a PostgreSQL server for an owner that may die at any moment, and cleans up after both.
#
#   $1     the directory that is removed at the end
#   $2...  the command of the server; the port is appended
#
# Orders come on standard input, one per line. Its end means that the owner is done, or dead.
#   run PORT      start the server
#   INT, QUIT     stop it: orderly, or at once
# The file $1/ended appears when a server has ended.

directory=$1
shift
exec 3<&0 </dev/null

relay_signals() {
    while read -r signal; do kill -s "$signal" "$1"; done
    # A background job ignores INT until the server has its own handler; TERM ends one that is that young.
    kill -s TERM "$1"
    kill -s INT "$1"
}

while read -r order port <&3; do
    [ "$order" = run ] || continue
    "$@" -p "$port" &
    server=$!
    relay_signals "$server" <&3 &
    relay=$!
    wait "$server"
    { kill "$relay"; wait "$relay"; } 2>/dev/null
    : >"$directory/ended"
done

# An initdb that outlived the owner may still be writing: it fails at the first round, so try again.
cd /
for _ in 1 2 3 4 5; do
    rm -rf "$directory" && break
    sleep 1
done
