#include "maximize/app/quiz.h"

#include <unistd.h>

#include <iostream>
#include <limits>
#include <string>

#include "autograd/inspect/quiz.h"

namespace gradus::app {

int quiz(const Common& common, int questions) {
  SmallTape small(common.seed);
  Quiz quiz(small.tape, small.loss, common.seed, questions);
  const Interrupt interrupt(true);
  const bool prompt = !common.json && isatty(STDIN_FILENO) == 1;
  const auto say = [&](const std::string& text) {
    if (!common.json) std::cout << text << std::flush;
  };
  say(format("%zu nodes are recorded, loss %.4g. Which gradient will the next node's backward leave? %s; q leaves\n\n",
             small.tape.nodes().size(), static_cast<double>(small.loss.item()), answer_tolerance));
  Json all = Json::array();
  for (bool asked_again = false; const Question* q = quiz.ask();) {
    if (!asked_again) say(q->text);
    if (prompt) say("(answer) ");
    std::string line;
    if (!std::getline(std::cin, line) || interrupt.pending() || line == "q") {
      if (prompt && line != "q") say("\n");
      break;
    }
    const std::string asked = q->asked;
    Verdict v = quiz.answer(line);
    // A grader has nobody to ask again: what is no number is a wrong answer.
    if (common.json && !v.is_number) v = quiz.answer(std::numeric_limits<double>::quiet_NaN());
    asked_again = !v.is_number;
    say(v.text + (v.is_number ? "\n" : ""));
    if (v.is_number)
      all.push_back({{"question", asked}, {"expected", v.expected}, {"given", line}, {"right", v.right}});
  }
  Json json = {{"seed", common.seed},         {"answers", all},        {"questions", quiz.questions()},
               {"answered", quiz.answered()}, {"right", quiz.right()}, {"tolerance", answer_tolerance}};
  print_result(common, json, quiz.score() + "\n");
  return interrupt.pending() ? interrupted_status : 0;
}

}  // namespace gradus::app
