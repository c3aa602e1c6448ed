#!/bin/sh
# A pinentry for tests: types the lines of the file `types` beside it, one a time, and writes what it
# was told to `told`. Where it is to type `waits` it types nothing, and writes its id to that file.
folder=$(dirname "$0")
echo "OK"
while read -r order; do
    echo "$order" >> "$folder/told"
    if [ "$order" = GETPIN ]; then
        line=$(head -n 1 "$folder/types")
        rest=$(tail -n +2 "$folder/types")
        echo "$rest" > "$folder/types"
        if [ "$line" = waits ]; then
            echo $$ > "$folder/waits"
            read -r order
        fi
        if [ -z "$line" ]; then
            echo "ERR 83886179 cancelled"
            continue
        fi
        echo "D $line"
    fi
    echo "OK"
done
