// A quiz on backward: before a node's backward runs, the reader is asked for one element of the gradient that it leaves
// in one of its inputs. The answer is judged by what the tape then computes; a wrong one is explained by all that adds
// up to the element.
//
//   SmallTape small(7);
//   Quiz quiz(small.tape, small.loss, 7, 5);
//   while (const Question* q = quiz.ask()) show(q->text + quiz.answer("1/3").text);
//   show(quiz.score());                                   // "2 of 5 right"
//
// Any tape will do: nodes whose op the quiz cannot explain are run without a question.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "autograd/parameter.h"
#include "autograd/tape.h"

namespace gradus {
inline namespace GRADUS_REAL {

// One of the numbers that an element of a gradient is the sum of.
struct Contribution {
  double value;
  std::string words;  // "there before", or "G[0, 1] = 2 times B[1] = 3"
};

// Whether the quiz can explain this node's op: add, sub, neg, mul, matmul of matrices, exp, square, tanh, sigmoid, relu,
// expand, sum and mean to a number or with keepdim, and softmax of one row.
GRADUS_API bool explainable(const Node& n);

// All that adds up to an element of the gradient of input `input` once n's backward has run: what is there before, and what
// each element of n's value passes on, worked out from the op's derivative and not from its code. Call it before n's
// backward. Throws Error unless explainable(n) and the input needs a gradient.
GRADUS_API std::vector<Contribution> contributions(const Node& n, int input, Index element);

// Reads "-1.5", "2e-3" or "1/3"; false where it is no finite number.
GRADUS_API bool read_answer(std::string_view text, double& value);

inline constexpr const char* answer_tolerance =
    "an answer is right within 1 % or 0.005, whichever is more; 1/3 is a number";
GRADUS_API bool is_right(double given, double expected);

struct Question {
  int number = 0;  // from 1
  const Node* node = nullptr;
  int input = 0;           // of the node's inputs
  Index element = 0;       // of its gradient, in row-major order
  std::string asked = {};  // "dL/dB[0, 1] after the backward of #9 mul"
  std::string text = {};   // the node, the numbers that enter, and what is asked for; ends its line
};

struct Verdict {
  bool is_number = false, right = false;
  double given = 0, expected = 0;
  std::string text = {};  // one line where it is right, otherwise with the explanation; ends its line
};

class GRADUS_API Quiz {
 public:
  // Asks about `questions` of the tape's nodes, picked by the seed, in the order of the backward pass from the loss, one
  // value; fewer where the tape has no more that can be explained. It begins the backward pass: nothing else may.
  Quiz(Tape& tape, const Var& loss, std::uint64_t seed, int questions = 5);

  // The next question; nodes before it are run. The same one until it is answered. Null when the pass is over.
  const Question* ask();

  // Judges an answer to the question that was asked, and runs the node's backward. Text that is no number is not counted,
  // and the question stands. Throws Error where nothing was asked.
  Verdict answer(std::string_view text);
  Verdict answer(double value);

  int answered() const { return answered_; }
  int right() const { return right_; }
  int questions() const { return static_cast<int>(asked_about_.size()); }
  std::string score() const;  // "2 of 5 right"

 private:
  Question make_question(const Node& n);

  Tape& tape_;
  std::uint64_t seed_;
  std::vector<int> asked_about_;  // the nodes' numbers
  Question question_;
  int answered_ = 0, right_ = 0;
};

// A tape to be asked about, its numbers drawn by the seed: a product of matrices, a bias that is broadcast, relu away from
// its kink, a node used twice, a row of softmax, sums and a mean.
struct GRADUS_API SmallTape {
  explicit SmallTape(std::uint64_t seed);
  Parameter x, w, b, s;  // (2, 3), (3, 2), (2) and (3)
  Tape tape;
  Var loss;
};

}  // namespace GRADUS_REAL
}  // namespace gradus
