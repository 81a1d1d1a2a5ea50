#include "maximize/app/page.h"

#include <algorithm>

#include "autograd/error.h"
#include "maximize/app/embedded.h"
#include "maximize/app/picture.h"

namespace gradus::app {
namespace {

void replace_marker(std::string& page, const std::string& marker, const std::string& text) {
  const std::size_t at = page.find(marker);
  if (at == std::string::npos) throw Error("page: index.html has no marker " + marker);
  page.replace(at, marker.size(), text);
}

std::string base64(const std::vector<std::uint8_t>& bytes) {
  static constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {  // three bytes become four digits of six bits
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j) group = group << 8 | (i + j < bytes.size() ? bytes[i + j] : 0U);
    for (std::size_t j = 0; j < 4; ++j) text += i + j > bytes.size() ? '=' : digits[group >> (18 - 6 * j) & 63U];
  }
  return text;
}

// One function of the source, from its first line to the brace that closes it.
std::string function_text(const std::string& source, const std::string& first_words) {
  const std::size_t begin = source.find(first_words), end = source.find("\n}\n", begin);
  if (begin == std::string::npos || end == std::string::npos)
    throw Error("page: no '" + first_words + "' in both_directions.cpp");
  return source.substr(begin, end + 2 - begin);
}

}  // namespace

std::string make_page(const Json& data) {
  std::string page = embedded::index_html, json = data.dump();
  for (std::size_t at = 0; (at = json.find('<', at)) != std::string::npos;) json.replace(at, 1, "\\u003c");
  replace_marker(page, "/*STYLE*/", embedded::page_css);
  replace_marker(page, "/*SCRIPT*/", embedded::page_js);
  replace_marker(page, "/*DATA*/", json);
  return page;
}

Json code_of_both_directions() {
  const std::string source = embedded::both_directions_cpp;
  return {{"file", "maximize/both_directions.cpp"},
          {"training", function_text(source, "Progress train(TinyCnn& cnn")},
          {"maximization", function_text(source, "Progress maximize(const TinyCnn& cnn")},
          {"moving", {{"training", "cnn.parameters()"}, {"maximization", "{&image}"}}}};
}

Json page_image(const Real* values, Index height, Index width, const std::string& caption) {
  Json image = {{"w", width}, {"h", height}, {"data", base64(grey(values, height * width))}};
  if (!caption.empty()) image["caption"] = caption;
  return image;
}

Json page_image_stretched(const Real* values, Index height, Index width) {
  const auto [least, most] = std::minmax_element(values, values + height * width);
  std::vector<Real> stretched;
  for (Index i = 0; i < height * width; ++i)
    stretched.push_back((values[i] - *least) / std::max(*most - *least, Real(1e-12)));
  return page_image(stretched.data(), height, width);
}

}  // namespace gradus::app
