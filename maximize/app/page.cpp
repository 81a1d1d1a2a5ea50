#include "maximize/app/page.h"

#include "autograd/error.h"
#include "maximize/app/embedded.h"

namespace gradus::app {
namespace {

void replace_marker(std::string& page, const std::string& marker, const std::string& text) {
  const std::size_t at = page.find(marker);
  if (at == std::string::npos) throw Error("page: index.html has no marker " + marker);
  page.replace(at, marker.size(), text);
}

// One function of the source, from its first line to the brace that closes it.
std::string function_text(const std::string& source, const std::string& first_words) {
  const std::size_t begin = source.find(first_words), end = source.find("\n}\n", begin);
  if (begin == std::string::npos || end == std::string::npos)
    throw Error("page: no '" + first_words + "' in both_directions.cpp");
  return source.substr(begin, end + 2 - begin);
}

}  // namespace

std::string make_page(const PageData& data) {
  std::string page = embedded::index_html, text = json(data);
  for (std::size_t at = 0; (at = text.find('<', at)) != std::string::npos;) text.replace(at, 1, "\\u003c");
  replace_marker(page, "/*STYLE*/", embedded::page_css);
  replace_marker(page, "/*SCRIPT*/", embedded::page_js);
  replace_marker(page, "/*DATA*/", text);
  return page;
}

TwoRuns::Code code_of_both_directions(const std::string& network, const std::string& training_moves,
                                      const std::string& maximization_moves) {
  const std::string source = embedded::both_directions_cpp;
  return {.file = "maximize/both_directions.cpp",
          .training = function_text(source, "Progress train(" + network + "& "),
          .maximization = function_text(source, "Progress maximize(const Model& "),
          .training_moves = training_moves,
          .maximization_moves = maximization_moves};
}

}  // namespace gradus::app
