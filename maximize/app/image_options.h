// What `gradus maximize` is told about images.
#pragma once

#include <string>

#include "maximize/app/command_line.h"
#include "maximize/searches/image_search.h"
#include "model/data/images.h"

namespace gradus::app {

struct ImageOptions {
  ImageSearch search;
  std::string basis = "fourier", range = "sigmoid", optimizer = "adam", start = "noise", map;
  bool minimize = false;

  void add_to(Command& command);
  void read();  // takes the words above over into the search; throws InputError for one that is none
  // The image that --start names: none for noise, the mean of the data, or one of the data. Throws InputError.
  Tensor start_image(const Images& data) const;
};

// Where the gradient went: the sum of its magnitudes over the steps, from black to white.
class GradientMap {
 public:
  void add(const Tape& t);
  void write(const std::string& path) const;  // nothing where there was no step

 private:
  Tensor sum_;
};

}  // namespace gradus::app
