// How Gradus' values show in a notebook: an image as PNG, curves and a tape as SVG. A Tensor shows as its numbers.
//
//   t.table()                        the tape as a drawing
//   contact_sheet(images, 10, 4)     images beside each other
//   CurveChart{.y = "loss", .lines = {{"training", steps, losses}}}
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "autograd/inspect/table.h"
#include "maximize/report/curve.h"
#include "maximize/report/picture.h"
#include "maximize/report/tape_drawing.h"

namespace gradus {

// What mime_bundle_repr returns: JSON, of which only dump() is asked for.
struct MimeBundle {
  std::string json;
  std::string dump() const { return json; }
};

inline std::string json_text(const std::string& s) {
  std::string r = "\"";
  for (const char c : s) {
    char code[8];
    std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned>(static_cast<unsigned char>(c)));
    if (c == '"' || c == '\\')
      (r += '\\') += c;
    else
      r += static_cast<unsigned char>(c) < 32 ? std::string(code) : std::string(1, c);
  }
  return r + '"';
}

inline MimeBundle mime_bundle_repr(const GreyImage& image) {
  return {"{\"image/png\": \"" + base64(png(image)) + "\"}"};
}
inline MimeBundle mime_bundle_repr(const CurveChart& chart) {
  return {"{\"image/svg+xml\": " + json_text(curves(chart)) + "}"};
}

inline namespace GRADUS_REAL {

inline MimeBundle mime_bundle_repr(const std::vector<TapeRow>& rows) {
  return {"{\"image/svg+xml\": " + json_text(drawing(rows)) + ", \"text/plain\": " + json_text(text(rows, 100)) + "}"};
}

}  // namespace GRADUS_REAL
}  // namespace gradus
