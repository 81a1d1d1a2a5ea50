// What every cell of a notebook is compiled with: the host's functions, and how the value of its last line is shown.
#pragma once

#include <iterator>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>

extern "C" {
void nb_at(int item);                                                  // so far the cell has come
void nb_type(const char* name, const char* type, unsigned long size);  // what later cells must know of a variable
void nb_bundle(char kind, const char* json, unsigned long size);       // 'R' result, 'D' display: a mime bundle
void nb_text(char kind, const char* text, unsigned long size);
extern void (*__start_cell_init[])();  // the cell's initializers, which the host runs inside a try block
extern void (*__stop_cell_init[])();
__attribute__((weak, visibility("hidden"))) void* __dso_handle = &__dso_handle;
}

namespace cell {

// Tells the host the name of T as the compiler writes it: "int cell::type(const char*) [with T = int]", Clang: "[T = int]".
template <class T>
int type(const char* name) {
  constexpr std::string_view all = __PRETTY_FUNCTION__;
  constexpr auto from = all.find("T = ") + 4;
  nb_type(name, all.data() + from, all.size() - 1 - from);
  return 0;
}

template <class T>
void write(std::ostream& o, const T& t) {
  if constexpr (std::is_same_v<T, std::string>) {
    o << '"' << t << '"';
  } else if constexpr (std::is_same_v<T, bool>) {
    o << (t ? "true" : "false");
  } else if constexpr (requires { o << t; }) {
    o << t;
  } else if constexpr (requires { t.str(); }) {
    o << t.str();
  } else if constexpr (requires {
                         std::begin(t);
                         std::end(t);
                       }) {
    o << "{ ";
    const char* between = "";
    for (auto&& x : t) {
      o << between;
      write(o, x);
      between = ", ";
    }
    o << " }";
  } else if constexpr (requires {
                         t.first;
                         t.second;
                       }) {
    o << '(';
    write(o, t.first);
    o << ", ";
    write(o, t.second);
    o << ')';
  } else {
    o << "object at " << static_cast<const void*>(&t);
  }
}

// As pictures where there is a mime_bundle_repr(t) (xeus-cpp's name; something with dump(), found by argument lookup), else as text.
template <class T>
void show(char kind, const T& t) {
  std::string s;
  if constexpr (requires { mime_bundle_repr(t).dump(); }) {
    s = mime_bundle_repr(t).dump();
    nb_bundle(kind, s.data(), s.size());
  } else {
    std::ostringstream o;
    o.precision(10);
    write(o, t);
    s = o.str();
    nb_text(kind, s.data(), s.size());
  }
}

// (value, Shown()) shows the value; for a void expression it is the language's own comma, and shows nothing.
struct Shown {};
template <class T>
Shown operator,(T&& value, Shown s) {
  if constexpr (!std::is_base_of_v<std::ios_base, std::remove_cvref_t<T>>) show('R', value);  // not std::cout << x
  return s;
}

}  // namespace cell

namespace xcpp {  // the name that xeus-cpp has for it

template <class T>
void display(const T& t) {
  cell::show('D', t);
}

}  // namespace xcpp
