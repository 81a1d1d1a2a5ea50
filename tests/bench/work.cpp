#include "work.h"

#include "autograd/error.h"
#include "model/files/weights.h"
#include "work_parts.h"

namespace gradus::bench {
namespace {

std::vector<Entry> all_works() {
  std::vector<Entry> all = gpt_works();
  for (Entry& e : cnn_works()) all.push_back(std::move(e));
  return all;
}

}  // namespace

void save_with_data(const std::string& path, const Parameters& parameters, std::vector<SafetensorsTensor> tensors) {
  for (const Parameter* p : parameters) tensors.push_back(to_write(p->name(), p->value()));
  write_safetensors(path, tensors);
}

SafetensorsTensor whole_numbers(std::string name, const Shape& shape, const std::vector<Index>& values) {
  static_assert(sizeof(Index) == 8);
  return {std::move(name), "I64", shape, values.data()};
}

std::vector<std::string> work_names() {
  std::vector<std::string> names;
  for (const Entry& e : all_works()) names.push_back(e.name);
  return names;
}

std::unique_ptr<Work> make_work(const std::string& name, int threads, const Sizes& sizes) {
  for (const Entry& e : all_works())
    if (e.name == name) return e.make(threads, sizes);
  std::string known;
  for (const std::string& n : work_names()) known += " " + n;
  throw InputError("expected a piece of work, one of" + known + ", got '" + name + "'");
}

}  // namespace gradus::bench
