#include "maximize/app/walk.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <string>
#include <vector>

#include "autograd/error.h"
#include "autograd/inspect/table.h"

namespace gradus::app {
namespace {

const char* const usage =
    "Enter    run the next node's backward\n"
    "b NAME   break: run until the node NAME is next\n"
    "p NAME   print a node: its name, a parameter's name, or its number\n"
    "t        list the nodes\n"
    "c        continue to the end\n"
    "q        leave\n";

std::string number(Real x) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%.4g", static_cast<double>(x));
  return digits;
}

// Short enough for one line: the shape and the first values.
std::string brief(const Tensor& t) {
  constexpr Index most = 4;
  std::string s = t.shape().str() + " [";
  for (Index i = 0; i < std::min(most, t.size()); ++i) s += (i > 0 ? ", " : "") + number(t[i]);
  return s + (t.size() > most ? ", ...]" : "]");
}

// A line for each row of the last axis, the middle of long axes left out, and what all of it is like.
std::string rows(const Tensor& t) {
  std::string s = t.shape().str() + "  " + ValueSummary(t).str() + "\n";
  const Index width = t.shape().rank() > 0 ? t.shape()[-1] : 1, count = width > 0 ? t.size() / width : 0;
  for (Index r = 0; r < count; ++r) {
    if (count > 7 && r == 3) s += "      ...\n", r = count - 3;
    s += "   ";
    for (Index c = 0; c < width; ++c) {
      if (width > 5 && c == 2) s += "  ...", c = width - 2;
      const std::string x = number(t[r * width + c]);
      s += std::string(11 - std::min<std::size_t>(x.size(), 10), ' ') + x;
    }
    s += "\n";
  }
  return s;
}

std::string title(const Tape& t, const Node& n) {
  const std::string name = t.name_of(n), scope = t.scope_path(n.scope);
  return "#" + std::to_string(n.index) + " " + n.op() +
         (!name.empty()    ? " '" + name + "'"
          : !scope.empty() ? " in " + scope
                           : "");
}

class Walk {
 public:
  Walk(Tape& t, std::ostream& out) : t_(t), out_(out) {}

  const Node* next() const { return t_.next_back(); }

  void show_next() const {
    if (const Node* n = next())
      out_ << "next: " << title(t_, *n) << ", " << n->formula() << "\n";
    else
      out_ << "the backward pass is over: p NAME prints, q leaves\n";
  }

  // One node, with the gradients (dL/d of each value) that it reads and writes, before and after.
  void step() const {
    const Node* n = next();
    if (!n) return;
    std::vector<std::string> before;
    for (const Node* input : n->inputs) before.push_back(gradient(*input));
    t_.step_back();
    out_ << heading(*n) << "  value     " << brief(n->value) << "\n  gradient  " << brief(n->grad) << "\n";
    for (std::size_t i = 0; i < n->inputs.size(); ++i) {
      const Node& input = *n->inputs[i];
      out_ << "  input " << title(t_, input) << "\n    value            " << brief(input.value) << "\n";
      if (input.requires_grad)
        out_ << "    gradient before  " << before[i] << "\n    gradient after   " << gradient(input) << "\n";
      else
        out_ << "    frozen: no gradient\n";
    }
  }

  void print(const std::string& name) const {
    if (const Node* n = find(name)) {
      out_ << heading(*n) << "  value     " << rows(n->value) << "  gradient  "
           << (n->has_grad ? rows(n->grad) : gradient(*n) + "\n");
      for (const Node* input : n->inputs) out_ << "  input     " << title(t_, *input) << "\n";
    }
  }

  void run_until(const std::string& name) const {
    const Node* n = find(name);
    if (!n) return;
    if (!next() || n->index > next()->index) {
      out_ << title(t_, *n) << " has been passed\n";
      return;
    }
    run([&] { return next()->index > n->index; });
    if (next() != n) out_ << title(t_, *n) << " has no backward to run\n";
  }

  void run_to_the_end() const {
    run([] { return true; });
  }

  void list() const {
    for (const Node* n : t_.nodes())
      out_ << (n == next() ? "> " : "  ") << title(t_, *n) << " " << n->value.shape().str() << "\n";
  }

 private:
  // Its title and formula, and on a line of its own the derivative, where there is one.
  std::string heading(const Node& n) const {
    const std::string derivative = n.derivative();
    return title(t_, n) + "   " + n.formula() + "\n" + (derivative.empty() ? "" : "  " + derivative + "\n");
  }

  template <class Condition>
  void run(Condition goes_on) const {
    int count = 0;
    for (; next() && goes_on(); ++count) t_.step_back();
    out_ << "ran " << count << (count == 1 ? " node\n" : " nodes\n");
  }

  static std::string gradient(const Node& n) {
    return n.has_grad ? brief(n.grad) : n.requires_grad ? "none yet" : "none: frozen";
  }

  const Node* find(const std::string& name) const {
    for (const Node* n : t_.nodes())
      if (name == t_.name_of(*n) || name == std::to_string(n->index) || name == "#" + std::to_string(n->index))
        return n;
    out_ << "no node is named '" << name << "'; t lists them\n";
    return nullptr;
  }

  Tape& t_;
  std::ostream& out_;
};

std::string trimmed(const std::string& s) {
  std::size_t begin = 0, end = s.size();
  while (begin < end && std::isspace(static_cast<unsigned char>(s[begin]))) ++begin;
  while (end > begin && std::isspace(static_cast<unsigned char>(s[end - 1]))) --end;
  return s.substr(begin, end - begin);
}

}  // namespace

int walk(Tape& t, const Var& loss, std::istream& in, std::ostream& out, bool prompt) {
  const Walk walk(t, out);
  out << t.nodes().size() << " nodes, loss " << loss.item() << "\n" << usage;
  t.begin_backward(loss, Tensor::full(loss.shape(), 1));
  walk.show_next();
  for (std::string line;;) {
    if (prompt) out << "(tape) ";
    out.flush();
    if (!std::getline(in, line)) {
      if (prompt) out << "\n";
      break;
    }
    line = trimmed(line);
    const std::string name = line.size() > 2 && line[1] == ' ' ? trimmed(line.substr(2)) : "";
    if (line == "q") break;
    if (line.empty())
      walk.step();
    else if (line == "c")
      walk.run_to_the_end();
    else if (line == "t")
      walk.list();
    else if (line[0] == 'b' && !name.empty())
      walk.run_until(name);
    else if (line[0] == 'p' && !name.empty())
      walk.print(name);
    else if (line == "b" || line == "p")
      out << line << ": expected a node's name or number, as in " << line << " logits\n";
    else
      out << (line == "h" || line == "?" ? "" : "no command '" + line + "'; these are:\n") << usage;
    if (line.empty() || line[0] == 'b' || line == "c") walk.show_next();
  }
  out.flush();
  if (!out) throw Error("standard output: cannot be written");
  return 0;
}

}  // namespace gradus::app
