#!/bin/sh
# The house (CONTRIBUTING.md): rooms, the direction of dependencies, sizes, and what headers may include.
set -u
cd "$(dirname "$0")/../.." || exit 1
status=0
say() { echo "house: $*"; status=1; }
sources() { find "$@" \( -name '*.h' -o -name '*.cpp' \); }

# Dependencies run one way: autograd <- nn <- model <- maximize.
allowed=""
for room in autograd nn model maximize; do
  allowed="$allowed $room"
  pattern=$(echo $allowed | tr ' ' '|')
  wrong=$(grep -rnE '#include "' --include='*.h' --include='*.cpp' $room | grep -vE "#include \"($pattern)/" )
  [ -z "$wrong" ] || say "$room may include from $allowed only: $wrong"
done

# And inside them. may_not ROOM PATTERN REASON: no file of the room includes a header that matches.
may_not() {
  wrong=$(grep -rnE "#include [<\"]($2)" --include='*.h' --include='*.cpp' "$1")
  [ -z "$wrong" ] || say "$1 $3: $wrong"
}
may_not autograd/kernels 'autograd/(tape|node|var|parameter|op|ops|names|gradcheck|inspect)\b' "knows memory and numbers, no node and no tape"
may_not autograd/ops 'autograd/(gradcheck|inspect)/' "is looked at, and looks at nothing"
may_not autograd/inspect 'autograd/gradcheck/' "is below gradcheck"
may_not model/files 'model/(data|text)/' "reads and writes files, whatever is in them"
may_not model/data 'model/(cnn|gpt)\.h' "is there without a network"
may_not model/text 'model/(cnn|gpt)\.h' "is there without a network"
may_not maximize/parametrizations 'maximize/(searches|observation|experiments|report|app)/' "is below searches"
may_not maximize/observation 'maximize/(experiments|report|app)/' "is below report"
may_not maximize/judges 'maximize/(searches|observation|experiments|report|app)/' "looks at images, however they were made"
may_not maximize/searches 'maximize/(experiments|report|app)/' "is below report"
for room in autograd nn model maximize/parametrizations maximize/searches maximize/observation maximize/judges maximize/report; do
  may_not $room 'maximize/app/' "may not include the program"
done

# Small is a feature: lines that are not blank. Raising a bound is a decision, said in the commit. A room's number does
# not count the rooms inside it.
bound() {
  lines=$(find "$1" -maxdepth 1 \( -name '*.h' -o -name '*.cpp' \) -exec cat {} + | grep -cv '^[[:space:]]*$')
  echo "house: $1 has $lines lines of at most $2"
  [ "$lines" -le "$2" ] || say "$1 has $lines lines, more than $2"
}
while read -r room most; do bound "$room" "$most"; done < tests/house/bounds
for room in $(sources autograd nn model maximize | xargs -n 1 dirname | sort -u); do
  grep -q "^$room " tests/house/bounds || say "$room has no bound in tests/house/bounds"
done

# One idea a file.
sources autograd nn model maximize tests | while read -r file; do
  [ "$(wc -l < "$file")" -le 300 ] || echo "$file"
done > "${TMPDIR:-/tmp}/house.$$"
long=$(cat "${TMPDIR:-/tmp}/house.$$"); rm -f "${TMPDIR:-/tmp}/house.$$"
[ -z "$long" ] || say "more than 300 lines: $long"

# Public headers cost every user's compile: no Eigen, <functional>, <iostream> or JSON. (eigen.h is for who wants Eigen; kernels/ is internal.)
public=$(find autograd nn model maximize -name '*.h' | grep -vE '/(kernels|ops|app)/')
wrong=$(grep -nE '#include [<"](Eigen|unsupported/Eigen|functional|iostream|nlohmann)' $public | grep -v '^autograd/eigen\.h')
[ -z "$wrong" ] || say "public headers may not include: $wrong"
wrong=$(grep -nE '#include "(autograd/(kernels|ops)/|maximize/app/)' $public)
[ -z "$wrong" ] || say "public headers may not include what is not installed: $wrong"

# Who needs loops, sums, products or places alone does not pay for Eigen, nor does who writes an op.
wrong=$(cd autograd/kernels && grep -nE '#include [<"](Eigen|unsupported/Eigen|autograd/kernels/(eigen_view|rows)\.h)' parallel.h sums.h product.h conv.h layout.h vector.h naive.h)
[ -z "$wrong" ] || say "these kernels' headers are free of Eigen: $wrong"

# The engine uses Eigen and OpenMP, nothing else.
wrong=$(grep -rnE '#include <(CLI|png|zlib|nlohmann|catch2)' autograd nn | grep -v "^autograd/gradcheck/catch.h")
[ -z "$wrong" ] || say "autograd and nn need Eigen and OpenMP alone: $wrong"

# What is compiled once must not depend on Real; what depends on Real is in the inline namespace.
for file in $(sed -n '/base_sources/,/)/p' cmake/libraries.cmake | grep -oE '[a-z]+/[a-z0-9_/]+\.cpp'); do
  grep -q 'GRADUS_REAL' "$file" && say "$file is compiled once, but is in the namespace of Real"
done
for file in $(find autograd nn model maximize -name '*.cpp' | grep -v '^maximize/app/'); do
  grep -q "$file" cmake/libraries.cmake || grep -q 'inline namespace GRADUS_REAL' "$file" || say "$file is compiled twice, but not in the namespace of Real"
done

# Library code never prints and never exits.
wrong=$(grep -rnE 'std::(cout|cerr|exit|abort)|\bprintf\(|\bfputs\(|[^_a-z]exit\(' --include='*.h' --include='*.cpp' autograd nn model maximize | grep -v '^maximize/app/')
[ -z "$wrong" ] || say "library code prints or exits: $wrong"

lines=$(grep -cv '^[[:space:]]*$' maximize/both_directions.cpp)
[ "$lines" -lt 60 ] || say "maximize/both_directions.cpp has $lines lines, the promise is under 60"
[ $status -eq 0 ] && echo "house: all is in its place"
exit $status
