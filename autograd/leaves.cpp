#include "autograd/leaves.h"

#include <algorithm>

namespace gradus {
inline namespace GRADUS_REAL {

Leaves::Leaves(Parameters moving) : moving_(std::move(moving)) {
  for (const Parameter* p : moving_) entries_.push_back({.parameter = p});
  std::size_t slots = 64;
  while (slots < 2 * entries_.size()) slots *= 2;
  rebuild(slots);
}

std::size_t Leaves::slot(const Parameter& p) const {
  const std::size_t mask = table_.size() - 1;
  std::size_t i = (reinterpret_cast<std::uintptr_t>(&p) >> 4) * 0x9e3779b97f4a7c15U >> 20;
  while (table_[i & mask] >= 0 && entries_[table_[i & mask]].parameter != &p) ++i;
  return i & mask;
}

void Leaves::rebuild(std::size_t slots) {
  table_.assign(slots, -1);
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    int& at = table_[slot(*entries_[i].parameter)];
    if (at < 0) at = static_cast<int>(i);  // of a parameter that was given twice the first counts
  }
}

int Leaves::find(const Parameter& p) const {
  return table_[slot(p)];
}

int Leaves::entry(const Parameter& p) {
  const std::size_t at = slot(p);
  if (table_[at] >= 0) return table_[at];
  const int made = static_cast<int>(entries_.size());
  table_[at] = made;
  entries_.push_back({.parameter = &p});
  if (2 * entries_.size() > table_.size()) rebuild(2 * table_.size());
  return made;
}

void Leaves::record(int entry, Node& node) {
  entries_[entry].node = &node;
  entries_[entry].version = entries_[entry].parameter->version();
  recorded_.push_back(entry);
}

void Leaves::clear() {
  // Parameters that come and go must not fill the table: what this recording did not use is given up, now and then.
  if (entries_.size() > 64 + 4 * (moving_.size() + recorded_.size())) {
    const auto gone = [](const Entry& e) { return !e.node; };
    entries_.erase(std::remove_if(entries_.begin() + std::ssize(moving_), entries_.end(), gone), entries_.end());
    rebuild(table_.size());
    for (Entry& e : entries_) e.node = nullptr;
  }
  for (const int i : recorded_)
    if (i < std::ssize(entries_)) entries_[i].node = nullptr;
  recorded_.clear();
}

void Leaves::begin_backward() {
  for (const int i : recorded_) entries_[i].node->reached = false;
}

void Leaves::zero_grad() {
  for (std::size_t i = 0; i < moving_.size(); ++i) {
    Entry& e = entries_[i];
    e.has_grad = false;
    e.passes = 0;
    if (e.node) e.node->has_grad = e.node->reached = false;
  }
}

}  // namespace GRADUS_REAL
}  // namespace gradus
