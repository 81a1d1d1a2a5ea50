// The gradient checks of `gradus gradcheck`, as a program that ends at the first one that fails: what mutants are run
// against. Arguments are the names of the checks; without any it prints all names, in order.
#include <cstdio>

#include "autograd/error.h"
#include "maximize/app/gradchecks.h"

int main(int count, char** names) try {
  if (count < 2)
    for (const std::string& name : gradus::app::gradcheck_names()) std::puts(name.c_str());
  for (int i = 1; i < count; ++i) {
    std::puts(names[i]);
    std::fflush(stdout);  // the last name is that of the check that failed, or in which the program crashed
    for (const gradus::app::GradcheckedArgument& a : gradus::app::run_gradchecks(names[i], 1).arguments)
      if (!a.passed) return 1;
  }
} catch (const gradus::Error& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
