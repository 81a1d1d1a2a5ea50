// The joints of maximization. Each is small, and one step deep in a debugger:
//
//   Parametrization   what moves, and how the model's input comes from it      parametrizations/
//   Transform         what is done to the input before the model sees it       transforms.h
//   Model             a network as a function of one continuous input          model/model.h
//   Objective         what is raised: 2 * a + 3 * b - penalty                  penalties.h
//   Search            spends a budget and returns the best input that it saw   searches/
//   Record            what a run leaves                                        record.h
//
// maximize() in both_directions.h joins the first four, for one start or for a batch of them. No image's or text's
// result depends on what stands beside it in the batch.
#pragma once

#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "maximize/record.h"
#include "maximize/unit.h"
#include "model/model.h"

namespace gradus {
inline namespace GRADUS_REAL {

// --- Parametrization -------------------------------------------------------------------------------------------------

class GRADUS_API Parametrization {
 public:
  virtual ~Parametrization() = default;
  virtual Parameters parameters() = 0;         // what moves
  virtual Var input(Tape& t) const = 0;        // records the model's input, made of what moves
  virtual void start(std::uint64_t seed) = 0;  // sets what moves to a random start, a function of the seed
};

// --- Transform -------------------------------------------------------------------------------------------------------

// Recorded on the tape between the parametrization and the model. What is random in it depends on its seed and on the
// step alone.
class GRADUS_API Transform {
 public:
  virtual ~Transform() = default;
  // x (N, ...) -> (N S, ...): S = copies() versions of each sample, side by side; their values are averaged.
  virtual Var operator()(Var x, int step) const = 0;
  virtual Index copies() const { return 1; }
};

// --- Objective -------------------------------------------------------------------------------------------------------

// One quantity, computed from the activation at one address. The address `input` is the model's input itself, before
// any transform: a penalty is a term of it.
class GRADUS_API Term {
 public:
  Term(std::string term_name, std::string address_in_model)
      : name(std::move(term_name)), address(std::move(address_in_model)) {}
  virtual ~Term() = default;
  virtual Var values(Var x) const = 0;  // x (N, ...), what stands at the address -> (N), a value for each sample

  const std::string name, address;
};

// What is raised: a weighted sum of terms, (N), one value for each sample of the batch.
//
//   const Objective objective = 2 * Objective(Unit::parse("conv2.relu:5")) + 3 * Objective(Unit::parse("logits:3")) -
//                               0.1 * total_variation();
class GRADUS_API Objective {
 public:
  Objective(const Unit& unit);
  explicit Objective(std::shared_ptr<const Term> term);

  // Records the objective of model(transform(x)): one run of the model, which goes only as far as the last address
  // needed, then the terms in their order. Each term's values are named `objective.NAME` on the tape, the sum is named
  // `objective`. Throws InputError where the model lacks an address or a unit does not fit there.
  Var operator()(const Model& model, Var x, const Transform* transform = nullptr, int step = 0) const;

  struct Weighted {
    double weight;
    std::string name;  // the term's, or "NAME (2)" where an earlier term has the same
    std::shared_ptr<const Term> term;
  };
  const std::vector<Weighted>& terms() const { return terms_; }
  std::string str() const;  // "2 conv2.relu:5 + 3 logits:3 - 0.1 total_variation"

  Objective& operator+=(const Objective& other);
  Objective& operator*=(double factor);

 private:
  std::vector<Weighted> terms_;
};

GRADUS_API Objective operator+(Objective a, const Objective& b);
GRADUS_API Objective operator-(Objective a, const Objective& b);
GRADUS_API Objective operator-(Objective a);
GRADUS_API Objective operator*(double factor, Objective a);

// Names x `input`, runs model(x) as far as the address and returns what stands there. Whatever the model would compute
// after it is not computed. Throws InputError, which lists the model's addresses, where it has no such one.
GRADUS_API Var run_to(const Model& model, Var x, const std::string& address);

// The unit's activation: the mean of its values over all samples and tokens of the input. ()
GRADUS_API Var activation(const Model& model, Var x, const Unit& unit);

// Throws InputError unless the model has all that the objective needs, for an input of this shape.
GRADUS_API void expect_fits(const Objective& objective, const Model& model, const Shape& input);

// --- Search ----------------------------------------------------------------------------------------------------------

// What a search shows after each of its steps.
struct Moment {
  int step;            // how many steps were made
  double value;        // of the objective in this step, the mean over the batch
  std::int64_t spent;  // so far, in forward-equivalents
  Tape& tape;          // holds the step's recording
};

// A reference to any callable bool(const Moment&), which returns false to stop. It must not outlive the callable.
class OnMoment {
 public:
  template <class Callable>
  OnMoment(const Callable& callable)
      : callable_(&callable),
        call_([](const void* c, const Moment& m) { return (*static_cast<const Callable*>(c))(m); }) {}
  bool operator()(const Moment& moment) const { return call_(callable_, moment); }

 private:
  const void* callable_;
  bool (*call_)(const void*, const Moment&);
};

// The budget is counted in forward-equivalents: a run of the model forward for one image or text costs 1, a run forward
// and backward to the input costs 2; each start in a batch and each copy of a transform costs its own. Runs that end
// early, at an address inside the model, cost no less: searches for the same unit are compared.
class GRADUS_API Search {
 public:
  static constexpr std::int64_t no_limit = std::numeric_limits<std::int64_t>::max();

  virtual ~Search() = default;
  // Raises the objective and spends at most `budget`; the record's `best` is the best that was seen.
  virtual Record run(const Model& model, const Objective& objective, std::int64_t budget, OnMoment watch) = 0;
};

}  // namespace GRADUS_REAL
}  // namespace gradus
