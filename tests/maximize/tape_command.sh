#!/bin/sh
# tape_command.sh GRADUS: `gradus tape` as a user calls it: results, exit statuses, standard input that ends.
gradus=$1
gpt2=$(cd "$(dirname "$0")/../golden/gpt2" && pwd)
here=$(mktemp -d) || exit 1
trap 'rm -rf "$here"' EXIT
cd "$here" || exit 1
wrong=0
# check STATUS WORDS command...: the exit status, and words that must appear in what it prints (both streams).
check() {
  status=$1 words=$2
  shift 2
  "$@" >shown 2>&1 </dev/null
  got=$?
  if [ $got -ne "$status" ] || ! grep -qF -- "$words" shown; then
    echo "expected status $status and '$words' from: $*"
    echo "got status $got and:"
    cat shown
    wrong=1
  fi
}
# walk WORDS INPUT: what --step shows for lines of input.
walk() {
  printf '%b' "$2" | "$gradus" tape gpt --step >shown 2>&1
  got=$?
  if [ $got -ne 0 ] || ! grep -qF -- "$1" shown; then
    echo "expected '$1' from --step with input '$2', got status $got and:"
    cat shown
    wrong=1
  fi
}

check 0 "conv1.weight" "$gradus" tape cnn
check 0 "h.1.mlp.act" "$gradus" tape gpt
check 0 '"op":"causal_attention"' "$gradus" tape gpt --json
check 0 "picture: tape.svg" "$gradus" tape gpt --svg
boxes=$(grep -c 'class="node' tape.svg)
[ "$boxes" -gt 20 ] && [ "$boxes" -lt 50 ] || { echo "the GPT's drawing has $boxes boxes"; wrong=1; }
check 0 '"out":"cnn.svg"' "$gradus" tape cnn --svg --out cnn.svg --json
python3 -c 'import sys, xml.dom.minidom as m; [m.parse(f) for f in sys.argv[1:]]' tape.svg cnn.svg || wrong=1
check 0 "loss" "$gradus" tape cnn --out tape.json
python3 -c 'import json; n = json.load(open("tape.json"))["nodes"]; assert all(r["gradient"] for r in n if r["state"] == "moves")' || wrong=1

check 2 "model is required" "$gradus" tape
# refused WORDS FILE: status 2, and one line that names the file.
refused() {
  check 2 "gradus: $2: " "$gradus" tape "$2"
  grep -qF -- "$1" shown && [ "$(wc -l <shown)" -eq 1 ] || { echo "expected one line with '$1' for $2, got:"; cat shown; wrong=1; }
}
refused "cannot open: No such file or directory" none.safetensors
refused "expected model.safetensors in this folder, found none" .
printf 'this is no weight file' >words
refused "header: expected a length" words
: >empty
refused "at least 8 bytes, got 0" empty
header='{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}  '
printf '\070\0\0\0\0\0\0\0%s\0\0\0\0' "$header" >other # a header of 56 bytes
refused "expected the weights of a TinyCnn (with conv1.weight) or of a TinyGpt (with wte.weight), found neither" other
head -c 66 other >cut
refused "the file is cut off" cut
check 2 "excludes" "$gradus" tape gpt --step --json
check 2 "there is no folder to write it in" "$gradus" tape gpt --svg --out none/tape.svg

walk "next: " ""                                          # the input ends at once
walk "gradient after" "\n\n"                               # and after two steps
walk "cross_entropy 'loss'" "\nq\nnot read"
walk "add 'h.1.resid', C = A + B" "b h.1.resid\nq\n"
walk "#1 embedding in wte" "t\nq"
walk "h.0.attn.c_attn.weight" "c\np h.0.attn.c_attn.weight\n"
walk "no node is named 'nothing'" "p nothing\n"
walk "has been passed" "b h.0.resid\nb logits\n"
walk "the backward pass is over" "c\n\n"
walk "no command 'what'; these are:" "what\n"
walk "p: expected a node's name or number, as in p logits" "p\n"
walk "ran 25 nodes" "b #1\n"
walk "#0 parameter 'wte.weight' has no backward to run" "b wte.weight\n"
walk "  ...    " "p logits\n"                               # the middle of long rows is left out
# quiz STATUS WORDS INPUT option...: what --quiz shows for lines of input.
quiz() {
  status=$1 words=$2 input=$3
  shift 3
  printf '%b' "$input" | "$gradus" tape --quiz --seed 7 "$@" >shown 2>&1
  got=$?
  if [ $got -ne "$status" ] || ! grep -qF -- "$words" shown; then
    echo "expected status $status and '$words' from --quiz $* with input '$input', got status $got and:"
    cat shown
    wrong=1
  fi
}
quiz 0 "question 1 of 5: " ""
quiz 0 "0 of 0 right" ""                                  # the input ends at once
quiz 0 "0 of 1 right" "1000\nq\n7\n"
quiz 0 "  dL/d" "1000\n"                                  # a wrong answer is explained
quiz 0 "expected a number, such as -1.5 or 1/3" "what\n"
quiz 0 "question 2 of 2: " "0\n0\n" --questions 2
check 2 "excludes" "$gradus" tape gpt --quiz
check 2 "expected a whole number from 1 to 1000" "$gradus" tape --quiz --questions 0
# For a grader: what was expected, given back, is right; a fraction too; what is no number is wrong.
printf '0\n0\n0\n0\n0\n' | "$gradus" tape --quiz --seed 7 --json >first.json || wrong=1
python3 - "$gradus" <<'PY' || wrong=1
import json, subprocess, sys
first = json.load(open("first.json"))
assert first["questions"] == first["answered"] == 5 and first["right"] < 5, first
lines = [repr(a["expected"]) for a in first["answers"]]
lines[1] = f"{first['answers'][1]['expected'] * 3!r}/3"
lines[2] = "seven"
out = subprocess.run([sys.argv[1], "tape", "--quiz", "--seed", "7", "--json"], input="\n".join(lines), text=True, stdout=subprocess.PIPE, check=True).stdout
second = json.loads(out)
assert [a["right"] for a in second["answers"]] == [True, True, False, True, True], second
assert [a["question"] for a in second["answers"]] == [a["question"] for a in first["answers"]]
assert second["answers"][2]["given"] == "seven" and second["right"] == 4
PY
# Ctrl-C ends it with the score so far, and the status that a shell knows.
python3 - "$gradus" <<'PY' || wrong=1
import os, pty, signal, subprocess, sys, time
master, slave = pty.openpty()
p = subprocess.Popen([sys.argv[1], "tape", "--quiz", "--seed", "7"], stdin=slave, stdout=subprocess.PIPE, text=True)
os.write(master, b"1000\n")
text = ""
while "question 2" not in text:
    text += p.stdout.readline()
while "(answer)" not in text.split("question 2")[1]:
    text += p.stdout.read(1)
time.sleep(0.2)
p.send_signal(signal.SIGINT)
rest = p.stdout.read()
assert p.wait(10) == 130 and "0 of 1 right" in rest, (p.returncode, rest)
PY
# A GPT-2 folder is taken wherever weights are, and nothing in it is written over.
check 0 "the" "$gradus" generate "$gpt2" --prompt "the" --tokens 5 --temperature 0
check 0 "a TinyGpt of 2 layers, 3 attention heads, width 12, context 16, 272 tokens" "$gradus" inspect "$gpt2"
echo "the words in a text, and others" >text
check 0 "most:" "$gradus" observe "$gpt2" --unit h.1.mlp.act:3 --data text
check 0 "nearest tokens" "$gradus" maximize "$gpt2" --unit h.1.mlp.act:3 --steps 3 --out m.safetensors
check 0 "cross_entropy" "$gradus" tape "$gpt2"
cp -r "$gpt2" copy
check 2 "" "$gradus" generate copy --out copy/merges.txt
check 2 "" "$gradus" generate copy/model.safetensors --out copy/config.json
cmp -s copy/config.json "$gpt2/config.json" && cmp -s copy/merges.txt "$gpt2/merges.txt" || { echo "an input was written over"; wrong=1; }
rm copy/config.json
check 2 "does not tell its number of attention heads" "$gradus" generate copy
check 0 "" "$gradus" generate copy --heads 3 --tokens 2
[ $wrong -eq 0 ] && echo "gradus tape: all as expected"
exit $wrong
