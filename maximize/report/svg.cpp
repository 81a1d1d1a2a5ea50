#include "maximize/report/svg.h"

#include "model/files/utf8.h"

namespace gradus {
namespace {

// The colours of a drawing that is a file of its own. A reader without media queries sees the light ones.
const char* const style = R"(<style>
.gradus text { font: 11px sans-serif; fill: #444; }
.gradus .label { fill: #000; font-weight: bold; }
.gradus .module { fill: #555; }
.gradus .gradient-value, .gradus .leaf-moves { fill: #b3261e; }
.gradus .leaf-locked { fill: #47525f; }
.gradus .ground, .gradus .back { fill: #fff; }
.gradus .back { stroke: #444; }
.gradus .around { fill: #f5f5f1; stroke: #bbb; }
.gradus .arrow { fill: none; stroke: #777; }
.gradus .head { fill: #777; }
.gradus .icon { color: #47525f; }
.gradus .icon.moves { color: #b3261e; }
.gradus .grid { fill: none; stroke: #e3e6ea; }
.gradus .axis { fill: none; stroke: #777; }
.gradus .level { fill: none; stroke: #666; stroke-dasharray: 6 4; }
.gradus .series { fill: none; stroke-width: 2; stroke-linejoin: round; }
.gradus .series-0 { stroke: #1b5cb8; }
.gradus .series-1 { stroke: #b3510c; }
.gradus .series-2 { stroke: #11795a; }
.gradus .series-3 { stroke: #9c3587; }
.gradus .series-4 { stroke: #6b6100; }
.gradus .series-5 { stroke: #47525f; }
.gradus .series-label-0 { fill: #1b5cb8; }
.gradus .series-label-1 { fill: #b3510c; }
.gradus .series-label-2 { fill: #11795a; }
.gradus .series-label-3 { fill: #9c3587; }
.gradus .series-label-4 { fill: #6b6100; }
.gradus .series-label-5 { fill: #47525f; }
@media (prefers-color-scheme: dark) {
  .gradus text { fill: #c2c9d2; }
  .gradus .label { fill: #fff; }
  .gradus .module { fill: #a5afbb; }
  .gradus .gradient-value, .gradus .leaf-moves { fill: #ff8c73; }
  .gradus .leaf-locked { fill: #b3bdc9; }
  .gradus .ground { fill: #0f1216; }
  .gradus .back { fill: #181c22; stroke: #8d97a3; }
  .gradus .around { fill: #14181d; stroke: #4a5460; }
  .gradus .arrow { stroke: #8d97a3; }
  .gradus .head { fill: #8d97a3; }
  .gradus .icon { color: #b3bdc9; }
  .gradus .icon.moves { color: #ff8c73; }
  .gradus .grid { stroke: #262c35; }
  .gradus .axis { stroke: #8d97a3; }
  .gradus .level { stroke: #a5afbb; }
  .gradus .series-0 { stroke: #7fb4ff; }
  .gradus .series-1 { stroke: #ffab6b; }
  .gradus .series-2 { stroke: #5fd0a8; }
  .gradus .series-3 { stroke: #e79bd8; }
  .gradus .series-4 { stroke: #d8cc5a; }
  .gradus .series-5 { stroke: #b3bdc9; }
  .gradus .series-label-0 { fill: #7fb4ff; }
  .gradus .series-label-1 { fill: #ffab6b; }
  .gradus .series-label-2 { fill: #5fd0a8; }
  .gradus .series-label-3 { fill: #e79bd8; }
  .gradus .series-label-4 { fill: #d8cc5a; }
  .gradus .series-label-5 { fill: #b3bdc9; }
}
</style>
)";

std::string escaped(const std::string& s) {
  std::string out;
  for (const char c : printable_lines(s))  // XML has no control characters, not even escaped
    out += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : c == '"' ? "&quot;" : std::string(1, c);
  return out;
}

std::string attribute(const char* name, int value) {
  return std::string(" ") + name + "=\"" + std::to_string(value) + "\"";
}
std::string attribute(const char* name, const std::string& value) {
  return std::string(" ") + name + "=\"" + escaped(value) + "\"";
}
std::string pair(int x, int y) {
  return std::to_string(x) + "," + std::to_string(y);
}

}  // namespace

void Svg::open(const std::string& classes, const std::string& attributes, const std::string& title) {
  drawn_ += "<g" + attribute("class", classes) + attributes + ">";
  if (!title.empty()) drawn_ += "<title>" + escaped(title) + "</title>";
  drawn_ += "\n";
}

void Svg::close() {
  drawn_ += "</g>\n";
}

void Svg::rectangle(int x, int y, int width, int height, const char* classes, int radius) {
  drawn_ += "<rect" + attribute("class", classes) + attribute("x", x) + attribute("y", y) + attribute("width", width) +
            attribute("height", height) + (radius > 0 ? attribute("rx", radius) : "") + "/>\n";
}

void Svg::text(int x, int y, const std::string& words, const char* classes, bool to_the_left) {
  drawn_ += "<text" + attribute("class", classes) + attribute("x", x) + attribute("y", y) +
            (to_the_left ? attribute("text-anchor", "end") : "") + ">" + escaped(words) + "</text>\n";
}

void Svg::text_and_note(int x, int y, const std::string& words, const char* classes, const std::string& note) {
  drawn_ += "<text" + attribute("class", classes) + attribute("x", x) + attribute("y", y) + ">" + escaped(words) +
            "<tspan class=\"detail\" dx=\"6\">" + escaped(note) + "</tspan></text>\n";
}

void Svg::upright_text(int x, int y, const std::string& words, const char* classes, bool downwards) {
  drawn_ += "<text" + attribute("class", classes) + attribute("text-anchor", "middle") + attribute("dy", 4) +
            attribute("transform", "translate(" + pair(x, y) + ") rotate(" + (downwards ? "90" : "-90") + ")") + ">" +
            escaped(words) + "</text>\n";
}

void Svg::line(const std::string& path, const char* classes) {
  drawn_ += "<path" + attribute("class", classes) + attribute("d", path) + "/>\n";
}

void Svg::arrow(const std::vector<std::pair<int, int>>& points, const char* kind) {
  std::string path;
  for (const auto& [x, y] : points) path += (path.empty() ? "M" : "L") + pair(x, y);
  line(path, (std::string("arrow ") + kind).c_str());
  const auto [x, y] = points.back();
  const auto [px, py] = points[points.size() - 2];
  const int dx = (x > px) - (x < px), dy = (y > py) - (y < py);  // the direction of the last piece
  constexpr int length = 6, half = 3;
  line("M" + pair(x, y) + "L" + pair(x - length * dx - half * dy, y - length * dy - half * dx) + "L" +
           pair(x - length * dx + half * dy, y - length * dy + half * dx) + "z",
       (std::string("head ") + kind).c_str());
}

void Svg::icon(int x, int y, bool moves) {
  drawn_ +=
      std::string("<g class=\"icon ") + (moves ? "moves" : "locked") + "\" transform=\"translate(" + pair(x, y) +
      ") scale(0.8)\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"2\">" +
      (moves
           ? "<path d=\"M2 8h12M5 4.5 1.5 8 5 11.5M11 4.5 14.5 8 11 11.5\"/>"
           : "<path d=\"M4.5 7V5a3.5 3.5 0 0 1 7 0v2\"/><rect x=\"2.5\" y=\"7\" width=\"11\" height=\"8\" rx=\"1.8\" fill=\"currentColor\" stroke=\"none\"/>") +
      "</g>\n";
}

std::string Svg::str(int width, int height, const std::string& label, bool is_file) const {
  const std::string size = std::to_string(width) + " " + std::to_string(height);
  return std::string("<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"gradus\" role=\"img\"") +
         attribute("aria-label", label) + attribute("viewBox", "0 0 " + size) +
         (is_file ? attribute("width", width) + attribute("height", height) : "") + ">\n" +
         (is_file ? std::string(style) + "<rect class=\"ground\" width=\"100%\" height=\"100%\"/>\n" : "") + drawn_ +
         "</svg>\n";
}

}  // namespace gradus
