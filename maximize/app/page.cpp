#include "maximize/app/page.h"

#include <algorithm>
#include <set>

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

Json tape_boxes(const Tape& tape, const Var& input, const Var& loss, const TapeLabels& labels) {
  Json boxes = {{{"id", "weights"}, {"label", "weights"}, {"shape", labels.weights_shape}, {"kind", "weights"}},
                {{"id", "input"}, {"label", labels.input}, {"shape", labels.input_shape}, {"kind", "input"}}};
  Json edges = Json::array();
  // For each node the boxes that its value comes from most directly: its own box, or those of its inputs.
  std::vector<std::set<std::string>> sources(tape.nodes().size());
  std::map<const Node*, std::string> box_of;
  for (const std::string& address : labels.shown) box_of[&tape.find(address).node()] = address;
  box_of[&loss.node()] = "loss";
  for (const Node* n : tape.nodes()) {
    std::set<std::string>& from = sources[static_cast<std::size_t>(n->index)];
    if (n == &input.node()) {
      from = {"input"};
      continue;
    }
    if (n->inputs.empty() && n->moving >= 0) from = {"weights"};
    for (const Node* i : n->inputs)
      from.insert(sources[static_cast<std::size_t>(i->index)].begin(),
                  sources[static_cast<std::size_t>(i->index)].end());
    const auto box = box_of.find(n);
    if (box == box_of.end()) continue;
    const std::string& id = box->second;
    if (id == "loss")
      boxes.push_back(
          {{"id", id}, {"label", n->op()}, {"detail", labels.loss_detail}, {"shape", "one number"}, {"kind", "loss"}});
    else
      boxes.push_back({{"id", id}, {"label", id}, {"shape", n->value.shape().str()}, {"kind", "op"}});
    for (const std::string& source : from) edges.push_back({source, id});
    from = {id};
    if (id == labels.unit.substr(0, labels.unit.rfind(':'))) {
      boxes.push_back({{"id", "unit"},
                       {"label", labels.unit},
                       {"detail", labels.unit_detail},
                       {"shape", "one number"},
                       {"kind", "unit"}});
      edges.push_back({id, "unit"});
    }
  }
  return {{"boxes", boxes}, {"edges", edges}, {"gradient_note", labels.gradient_note}};
}

}  // namespace gradus::app
