// gradus gradcheck: whether every gradient is the derivative of its value, op by op and for both models.
#include <dlfcn.h>
#include <memory>

#include "autograd/error.h"
#include "maximize/app/command.h"
#include "maximize/app/gradchecks.h"

namespace gradus::app {
namespace {

struct Options {
  std::string op;
  std::uint64_t seed = 0;
  bool json = false;
};

// The module is never unloaded: what it throws is of its own.
Gradchecks load_and_run(const Options& o) {
  void* module = dlopen(GRADUS_DOUBLE_MODULE, RTLD_NOW | RTLD_LOCAL);
  if (!module)
    throw Error(
        std::string(
            "gradcheck: its part in double was not found; build it with cmake --build DIRECTORY --target gradus_double (") +
        dlerror() + ")");
  const auto run = reinterpret_cast<decltype(&gradus_run_gradchecks)>(dlsym(module, "gradus_run_gradchecks"));
  if (!run) throw Error(std::string("gradcheck: ") + dlerror());
  Gradchecks checks;
  run(o.op, o.seed, checks);
  return checks;
}

int run_checks(const Options& o) {
  const Gradchecks checks = load_and_run(o);
  Json json = Json::array();
  std::string text = format("%-22s %-24s %9s %12s %12s\n", "op", "argument", "elements", "error", "estimate");
  std::int64_t elements = 0, undecided = 0;
  std::size_t failed = 0;
  for (const GradcheckedArgument& a : checks.arguments) {
    json.push_back({{"op", a.op},
                    {"argument", a.argument},
                    {"elements", a.elements},
                    {"max_relative_error", a.error},
                    {"estimated_error_of_differences", a.estimate},
                    {"undecided", a.undecided},
                    {"passed", a.passed}});
    text += format("%-22s %-24s %9lld %12.2e %12.2e  %s\n", a.op.c_str(), a.argument.c_str(),
                   static_cast<long long>(a.elements), a.error, a.estimate,
                   a.passed   ? "passed"
                   : a.failed ? "FAILED"
                              : "UNDECIDED");
    elements += a.elements;
    undecided += a.undecided;
    failed += a.failed;
  }
  text += format("%zu arguments, %lld elements: %s\n", checks.arguments.size(), static_cast<long long>(elements),
                 (failed > 0       ? format("%zu FAILED", failed)
                  : undecided == 0 ? std::string("all passed")
                                   : format("%lld elements UNDECIDED", static_cast<long long>(undecided)))
                     .c_str());
  if (!checks.reports.empty()) text += "\n" + checks.reports;
  Common common;
  common.json = o.json;
  print_result(common, json, text);
  return failed == 0 && undecided == 0 ? 0 : 1;
}

}  // namespace

void add_gradcheck(Command& program) {
  Command command = program.command("gradcheck", "Check every gradient against differences, in double");
  const auto o = std::make_shared<Options>();
  command.text("--op", o->op, "Only this op, as in autograd/ops.h, or gpt or cnn");
  command.seed(o->seed, "Of the values and the cotangents");
  command.flag("--json", o->json, "Print one JSON array on standard output and nothing else");
  command.epilogue(
      "The error of an element is |a - n| / max(|a|, |n|, s): a by backward(), n by differences, s the argument's largest gradient; the estimate is how far n itself may be off, in the same measure.\nA check is UNDECIDED when its differences are too uncertain to say more. Exit status 1 when one fails or is undecided.\n\n"
      "Examples:\n  gradus gradcheck\n  gradus gradcheck --op layer_norm\n  gradus gradcheck --json");
  command.does([o] { return run_checks(*o); });
}

}  // namespace gradus::app
