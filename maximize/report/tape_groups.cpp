#include "maximize/report/tape_groups.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace gradus {
inline namespace GRADUS_REAL {
namespace {

// "h.0.mlp.c_fc" -> h.0, mlp, c_fc: a number belongs to the word before it.
std::vector<std::string> modules(const std::string& scope) {
  std::vector<std::string> all;
  for (std::size_t begin = 0; begin < scope.size();) {
    const std::size_t end = std::min(scope.find('.', begin), scope.size());
    const std::string part = scope.substr(begin, end - begin);
    if (!all.empty() && !part.empty() && std::isdigit(static_cast<unsigned char>(part[0])))
      all.back() += "." + part;
    else
      all.push_back(part);
    begin = end + 1;
  }
  return all;
}

// A module of exactly `depth` levels becomes one group with all that is inside it; one that is open is looked into.
std::vector<Group> at_depth(const std::vector<TapeRow>& rows, int first, const TapeRow* open, std::size_t depth) {
  const std::vector<std::string> around = open ? modules(open->scope) : std::vector<std::string>();
  std::vector<Group> all;
  for (const TapeRow& r : rows) {
    if (r.leaf || r.number < first) continue;
    std::vector<std::string> inside = modules(r.scope);
    std::size_t level = depth;
    while (level <= std::min(around.size(), inside.size()) &&
           std::equal(around.begin(), around.begin() + static_cast<std::ptrdiff_t>(level), inside.begin()))
      ++level;
    const bool whole = inside.size() >= level && &r != open;
    if (whole) inside.resize(level);
    if (whole && !all.empty() && all.back().whole && all.back().inside == inside)
      all.back().ops.push_back(&r);
    else
      all.push_back({std::move(inside), {&r}, whole});
  }
  return all;
}

}  // namespace

std::string joined(const std::vector<std::string>& modules, std::size_t count) {
  std::string s;
  for (std::size_t i = 0; i < count; ++i) s += (s.empty() ? "" : ".") + modules[i];
  return s;
}

std::vector<Group> groups(const std::vector<TapeRow>& rows, int first, const std::string& open, int most) {
  const TapeRow* kept = nullptr;
  std::size_t depth = 0;
  for (const TapeRow& r : rows) {
    if (!open.empty() && r.name == open) kept = &r;
    depth = std::max(depth, modules(r.scope).size());
  }
  std::vector<Group> all = at_depth(rows, first, kept, depth + 1);
  for (; static_cast<int>(all.size()) > most && depth > 0; --depth) all = at_depth(rows, first, kept, depth);
  if (const int extra = static_cast<int>(all.size()) - most; extra > 0 && !kept) {
    const auto begin = all.begin() + most / 2, end = begin + extra + 1;
    Group middle;
    for (auto g = begin; g != end; ++g) middle.ops.insert(middle.ops.end(), g->ops.begin(), g->ops.end());
    *begin = std::move(middle);
    all.erase(begin + 1, end);
  }
  return all;
}

}  // namespace GRADUS_REAL
}  // namespace gradus
