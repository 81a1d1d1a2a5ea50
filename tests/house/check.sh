#!/bin/sh
# The house (CONTRIBUTING.md): rooms, the direction of dependencies, sizes, and what headers may include.
set -u
cd "$(dirname "$0")/../.." || exit 1
status=0
say() { echo "house: $*"; status=1; }

# Dependencies run one way: autograd <- nn <- model <- maximize.
allowed=""
for room in autograd nn model maximize; do
  allowed="$allowed $room"
  pattern=$(echo $allowed | tr ' ' '|')
  wrong=$(grep -rnE '#include "' --include='*.h' --include='*.cpp' $room | grep -vE "#include \"($pattern)/" )
  [ -z "$wrong" ] || say "$room may include from $allowed only: $wrong"
done

# Small is a feature: lines that are not blank. Raising a bound is a decision, said in the commit.
bound() {
  lines=$(find "$1" \( -name '*.h' -o -name '*.cpp' \) -not -path '*/app/*' -print0 | xargs -0 cat | grep -cv '^[[:space:]]*$')
  echo "house: $1 has $lines lines of at most $2"
  [ "$lines" -le "$2" ] || say "$1 has $lines lines, more than $2"
}
bound autograd 5800
bound nn 1200
bound model 2500
bound maximize 4500

# Public headers cost every user's compile: no Eigen, <functional>, <iostream> or JSON. (eigen.h is for who wants Eigen, eigen_view.h is internal.)
wrong=$(grep -nE '#include [<"](Eigen|unsupported/Eigen|functional|iostream|nlohmann)' autograd/*.h nn/*.h model/*.h maximize/*.h | grep -vE '^autograd/(eigen|eigen_view)\.h')
[ -z "$wrong" ] || say "public headers may not include: $wrong"

# The engine uses Eigen and OpenMP, nothing else.
wrong=$(grep -rnE '#include <(CLI|png|zlib|nlohmann|catch2)' autograd nn | grep -v "^autograd/catch.h")
[ -z "$wrong" ] || say "autograd and nn need Eigen and OpenMP alone: $wrong"

# What is compiled once must not depend on Real; what depends on Real is in the inline namespace.
for file in $(sed -n '/base_sources/,/)/p' cmake/libraries.cmake | grep -oE '[a-z]+/[a-z0-9_]+\.cpp'); do
  grep -q 'GRADUS_REAL' "$file" && say "$file is compiled once, but is in the namespace of Real"
done
for file in autograd/*.cpp autograd/ops/*.cpp nn/*.cpp model/*.cpp maximize/*.cpp; do
  grep -q "$file" cmake/libraries.cmake || grep -q 'inline namespace GRADUS_REAL' "$file" || say "$file is compiled twice, but not in the namespace of Real"
done

# Library code never prints and never exits.
wrong=$(grep -rnE 'std::(cout|cerr|exit|abort)|\bprintf\(|\bfputs\(|[^_a-z]exit\(' --include='*.h' --include='*.cpp' autograd nn model maximize | grep -v '^maximize/app/')
[ -z "$wrong" ] || say "library code prints or exits: $wrong"

lines=$(grep -cv '^[[:space:]]*$' maximize/both_directions.cpp)
[ "$lines" -lt 60 ] || say "maximize/both_directions.cpp has $lines lines, the promise is under 60"
[ $status -eq 0 ] && echo "house: all is in its place"
exit $status
