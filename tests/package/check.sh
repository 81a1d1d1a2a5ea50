#!/bin/sh
# Installs the build in $1 and builds and runs the user's project against it, with compiler $2 and CMake's generator $3.
set -eu
build=$1 compiler=$2 generator=$3
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake --install "$build" --prefix "$work/prefix" > "$work/log" || { cat "$work/log"; exit 1; }
cmake -G "$generator" -S "$here" -B "$work/build" -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_CXX_COMPILER="$compiler" > "$work/log" || { cat "$work/log"; exit 1; }
cmake --build "$work/build" > "$work/log" || { cat "$work/log"; exit 1; }
"$work/build/user_gradus"
"$work/build/user_gradus64"
if [ -x "$work/prefix/bin/gradus" ]; then  # the installed program finds its libraries and its weights
  cd "$work"
  "$work/prefix/bin/gradus" --version
  "$work/prefix/bin/gradus" generate --tokens 3
  "$work/prefix/bin/gradus" gradcheck --op add > /dev/null  # a module of its own
fi
