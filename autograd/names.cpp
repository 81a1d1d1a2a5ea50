#include "autograd/names.h"

#include <algorithm>

namespace gradus {

Names::Names() {
  places_.emplace_back();
}

void Names::clear() {
  for (const int place : given_) places_[place].value = -1;
  given_.clear();
  scope_ = 0;
}

int Names::child(int parent, std::string_view local) {
  const auto known = places_[parent].children.find(local);
  if (known != places_[parent].children.end()) return known->second;
  const std::string& base = places_[parent].path;
  Place p;
  p.path = base.empty() ? std::string(local) : base + "." + std::string(local);
  mark(p);
  const int id = static_cast<int>(places_.size());
  by_path_.insert_or_assign(p.path, id);
  places_.push_back(std::move(p));
  places_[parent].children.emplace(local, id);
  return id;
}

Names::Outer Names::open(std::string_view local, Site at) {
  const Outer outer{scope_, outermost_};
  if (open_scopes_++ == 0) outermost_ = at;
  if (!local.empty()) scope_ = child(scope_, local);
  return outer;
}

void Names::close(const Outer& outer) {
  --open_scopes_;
  scope_ = outer.scope;
  outermost_ = outer.outermost;
}

std::string Names::where(Site at) const {
  const std::string& scope = path(scope_);
  const Site& site = open_scopes_ > 0 ? outermost_ : at;
  return (scope.empty() ? "" : ", in " + scope) + (site.line() > 0 ? ", at " + file_line(site) : "");
}

int Names::free_place(std::string_view name) {
  int place = in_scope(name);
  for (int visit = 2; places_[place].value >= 0; ++visit)
    place = in_scope(std::string(name) + "#" + std::to_string(visit));
  return place;
}

void Names::put(int place, int value) {
  places_[place].value = value;
  given_.push_back(place);
}

int Names::find(std::string_view address) const {
  const auto known = by_path_.find(address);
  if (known == by_path_.end()) return -1;
  if (places_[known->second].value >= 0) return places_[known->second].value;
  for (const int place : given_)  // a scope "a.b" and a name "b.c" inside "a" may share a path
    if (places_[place].path == address) return places_[place].value;
  return -1;
}

void Names::mark(Place& place) const {
  const auto asked = [&](std::string_view path) {
    return std::find(wanted_.begin(), wanted_.end(), path) != wanted_.end();
  };
  place.stops = !stop_.empty() && place.path == stop_;
  place.wanted = place.stops || asked(place.path) || asked("*");
}

void Names::stop_at(std::string_view address) {
  stop_ = address;
  for (Place& p : places_) mark(p);
}

void Names::want(std::string_view address) {
  wanted_.emplace_back(address);
  for (Place& p : places_) mark(p);
}

}  // namespace gradus
