#include <algorithm>
#include <cmath>
#include <cstdio>

#include "autograd/error.h"
#include "autograd/ops.h"
#include "maximize/maximize.h"

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

const std::string input_address = "input";

// Ends the forward pass at the last of several addresses, whichever that is. It stands before the tape's own hook.
class StopAtLast final : public Hook {
 public:
  StopAtLast(Tape& tape, std::vector<std::string> addresses)
      : tape_(tape), before_(tape.hook()), open_(std::move(addresses)) {
    tape_.set_hook(this);
  }
  StopAtLast(const StopAtLast&) = delete;
  StopAtLast& operator=(const StopAtLast&) = delete;
  ~StopAtLast() override { tape_.set_hook(before_); }

  Var at(const std::string& address, Var x) override {
    if (before_) x = before_->at(address, x);
    std::erase(open_, address);
    if (open_.empty()) tape_.stop_at(address);
    return x;
  }
  bool wants(const std::string& address) override {
    return std::find(open_.begin(), open_.end(), address) != open_.end() || (before_ && before_->wants(address));
  }

 private:
  Tape& tape_;
  Hook* before_;
  std::vector<std::string> open_;  // not reached yet
};

// Throws: the model ran to its end without reaching all of the addresses.
[[noreturn]] void fail_to_reach(const std::vector<std::string>& addresses, const Tape& t) {
  const std::vector<std::string> all = t.addresses();
  std::string known;
  for (const std::string& a : all)
    if (!a.starts_with("objective.")) known += (known.empty() ? "" : " ") + a;
  for (const std::string& address : addresses)
    if (std::find(all.begin(), all.end(), address) == all.end())
      throw InputError("unit: the model has no address '" + address + "'; it has: " + known);
  throw Error("objective: this tape holds an earlier run of the model; clear it first");
}

// Runs model(x) as far as the last of the addresses. However it ends, the tape runs to the end again afterwards.
void run_as_far_as(const Model& model, Var x, const std::vector<std::string>& addresses) {
  Tape& t = x.tape();
  struct Restore {
    Tape& tape;
    ~Restore() { tape.stop_at(""); }
  } const restore{t};
  try {
    if (addresses.size() == 1) {
      t.stop_at(addresses[0]);
      model(x);
    } else {
      const StopAtLast stop(t, addresses);
      model(x);
    }
  } catch (const ForwardStopped&) {
    return;
  }
  fail_to_reach(addresses, t);
}

class UnitTerm final : public Term {
 public:
  explicit UnitTerm(const Unit& unit) : Term(unit.str(), unit.address), unit_(unit) {}
  Var values(Var x) const override { return sample_values(x, unit_); }

 private:
  Unit unit_;
};

// A term's values: (N copies) -> (N), the mean over each sample's copies.
Var values_of(const Term& term, Var x, Index N) {
  const Var values = term.values(x);
  const Index rows = x.shape()[0];
  if (values.shape() != Shape{rows})
    throw Error("objective: expected a value for each of " + std::to_string(rows) + " samples from '" + term.name +
                "', got " + values.shape().str());
  return rows == N ? values : mean(reshape(values, {N, rows / N}), {1});
}

Var named_term(Var values, const std::string& name) {
  const Scope scope(values.tape(), "objective");
  return values.tape().name(values, name);
}

std::string number(double x) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", x);
  return text;
}

}  // namespace

Objective::Objective(const Unit& unit) : Objective(std::make_shared<UnitTerm>(unit)) {}

Objective::Objective(std::shared_ptr<const Term> term) {
  std::string name = term->name;
  terms_.push_back({1, std::move(name), std::move(term)});
}

Var Objective::operator()(const Model& model, Var x, const Transform* transform, int step) const {
  Tape& t = x.tape();
  x = t.name(x, input_address);
  std::vector<std::string> addresses;
  for (const Weighted& w : terms_) {
    const std::string& address = w.term->address;
    if (address != input_address && std::find(addresses.begin(), addresses.end(), address) == addresses.end())
      addresses.push_back(address);
  }
  if (!addresses.empty()) run_as_far_as(model, transform ? (*transform)(x, step) : x, addresses);

  Var total;
  for (const auto& [weight, name, term] : terms_) {
    const Var found = term->address == input_address ? x : t.find(term->address);
    const Var values = named_term(values_of(*term, found, x.shape()[0]), name);
    const Var weighted = weight == 1 ? values : weight * values;
    total = &name == &terms_.front().name ? weighted : total + weighted;
  }
  return t.name(total, "objective");
}

std::string Objective::str() const {
  std::string text;
  for (const auto& [weight, name, term] : terms_) {
    text += text.empty() ? (weight < 0 ? "-" : "") : (weight < 0 ? " - " : " + ");
    if (std::abs(weight) != 1) text += number(std::abs(weight)) + " ";
    text += name;
  }
  return text;
}

Objective& Objective::operator+=(const Objective& other) {
  const std::vector<Weighted> added = other.terms_;  // it may be this one
  for (Weighted term : added) {
    const auto taken = [&](const Weighted& mine) { return mine.name == term.name; };
    for (int i = 2; std::any_of(terms_.begin(), terms_.end(), taken); ++i)
      term.name = term.term->name + " (" + std::to_string(i) + ")";
    terms_.push_back(std::move(term));
  }
  return *this;
}

Objective& Objective::operator*=(double factor) {
  for (Weighted& term : terms_) term.weight *= factor;
  return *this;
}

Objective operator+(Objective a, const Objective& b) {
  return a += b;
}

Objective operator-(Objective a, const Objective& b) {
  return a += -b;
}

Objective operator-(Objective a) {
  return a *= -1;
}

Objective operator*(double factor, Objective a) {
  return a *= factor;
}

Var run_to(const Model& model, Var x, const std::string& address) {
  Tape& t = x.tape();
  x = t.name(x, input_address);
  if (address == input_address) return x;
  run_as_far_as(model, x, {address});
  return t.find(address);
}

Var activation(const Model& model, Var x, const Unit& unit) {
  return x.tape().name(mean(unit_values(run_to(model, x, unit.address), unit)), "activation");
}

void expect_fits(const Objective& objective, const Model& model, const Shape& input) {
  Tape t({}, 1);
  objective(model, t.constant(Tensor::zeros(input)));
}

}  // namespace GRADUS_REAL
}  // namespace gradus
