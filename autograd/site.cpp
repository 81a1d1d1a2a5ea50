#include "autograd/site.h"

namespace gradus {

std::string_view file_of(const Site& at) {
  const std::string_view path = at.file_name();
  return path.substr(path.find_last_of('/') + 1);  // all of it where there is no '/'
}

std::string file_line(const Site& at) {
  return std::string(file_of(at)) + ":" + std::to_string(at.line());
}

}  // namespace gradus
