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
# The README's own program and CMakeLists.txt, and its command without CMake.
mkdir "$work/mine"
readme_block() { awk -v fence="\`\`\`$1" -v first="$2" '$0 == fence {getline; on = ($0 == first)} /^\`\`\`$/ {on = 0} on' "$here/../../README.md"; }
readme_block cpp "// mine.cpp" > "$work/mine/mine.cpp"
readme_block cmake "# CMakeLists.txt" > "$work/mine/CMakeLists.txt"
cd "$work/mine"
cmake -G "$generator" -S . -B build -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_CXX_COMPILER="$compiler" > "$work/log" || { cat "$work/log"; exit 1; }
cmake --build build > "$work/log" || { cat "$work/log"; exit 1; }
test "$(build/mine)" = "(3, 2) [-8, -8, 0, 0, 8, 8]"
lib=$(dirname "$(find "$work/prefix" -name libgradus.so)")
"$compiler" -std=c++20 -I "$work/prefix/include/gradus" mine.cpp -L "$lib" -lgradus -lgradus_base -o mine
test "$(LD_LIBRARY_PATH=$lib ./mine)" = "(3, 2) [-8, -8, 0, 0, 8, 8]"

# Both precisions in one program are refused, by name.
sed -i 's/Gradus::gradus)/Gradus::gradus Gradus::gradus64)/' CMakeLists.txt
if cmake -G "$generator" -S . -B both -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_CXX_COMPILER="$compiler" > "$work/log" 2>&1; then
  echo "a program that links gradus and gradus64 was accepted"; exit 1
fi
grep -q GRADUS_REAL "$work/log" || { cat "$work/log"; exit 1; }

# The op that CONTRIBUTING.md shows, typed as it stands there: its first block of C++ and its first of CMake.
mkdir "$work/op"
block() { awk -v fence="\`\`\`$1" '$0 == fence { inside = 1; next } inside && /^```/ { exit } inside' "$here/../../CONTRIBUTING.md"; }
block cpp > "$work/op/softsign.cpp"
block cmake > "$work/op/CMakeLists.txt"
build_op() {
  cmake -G "$generator" -S "$work/op" -B "$work/op/build" -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_CXX_COMPILER="$compiler" > "$work/log" &&
    cmake --build "$work/op/build" > "$work/log" || { cat "$work/log"; exit 1; }
}
build_op
"$work/op/build/softsign" > "$work/op/output" || { cat "$work/op/output"; exit 1; }
grep -qE 'softsign +y = x / \(1 \+ \|x\|\) +dL/dx = G / \(1 \+ \|x\|\)\^2' "$work/op/output" || {
  echo "the tape of CONTRIBUTING.md's op lacks its formula or its derivative:"; cat "$work/op/output"; exit 1; }
sed -i 's/d \* d/d/' "$work/op/softsign.cpp"  # and wrong, it fails
build_op
if "$work/op/build/softsign" > "$work/op/output"; then echo "a wrong op passes the gradient check:"; cat "$work/op/output"; exit 1; fi

if [ -x "$work/prefix/bin/gradus" ]; then  # the installed program finds its libraries and its weights
  cd "$work"
  "$work/prefix/bin/gradus" --version
  "$work/prefix/bin/gradus" generate --tokens 3
  "$work/prefix/bin/gradus" gradcheck --op add > /dev/null  # a module of its own
fi
