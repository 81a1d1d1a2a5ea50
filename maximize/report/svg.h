// Svg: the few shapes that a drawing is made of here, written as text. Colours and fonts come from classes alone: from
// the drawing's own style, light or dark as the reader's system is, or from the page that it stands in.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "autograd/config.h"

namespace gradus {

class GRADUS_API Svg {
 public:
  // All lengths are in pixels, y runs down. Words are escaped: they cannot become part of the drawing's structure.
  // A group, <g>, until close().
  void open(const std::string& classes, const std::string& attributes = "", const std::string& title = "");
  void close();
  void rectangle(int x, int y, int width, int height, const char* classes, int radius = 4);
  void text(int x, int y, const std::string& words, const char* classes, bool to_the_left = false);
  // The note stands behind the words.
  void text_and_note(int x, int y, const std::string& words, const char* classes, const std::string& note);
  // Its middle is at x, y.
  void upright_text(int x, int y, const std::string& words, const char* classes, bool downwards);
  void line(const std::string& path, const char* classes);
  // A line through the points, along the axes, with a head at the last.
  void arrow(const std::vector<std::pair<int, int>>& points, const char* kind);
  // 13 by 13: arrows to both sides for what moves, a padlock for what is locked.
  void icon(int x, int y, bool moves);
  void add(const Svg& other) { drawn_ += other.drawn_; }

  // The whole drawing; `label` tells a screen reader what it is. A drawing that is a file carries its own colours.
  std::string str(int width, int height, const std::string& label, bool is_file) const;

 private:
  std::string drawn_;
};

}  // namespace gradus
