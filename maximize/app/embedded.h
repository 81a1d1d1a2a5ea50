// Texts that are compiled into the program (cmake/embedded.cpp.in).
#pragma once

namespace gradus::app::embedded {

extern const char* const index_html;
extern const char* const page_css;
extern const char* const page_js;  // the scripts of the page, one after another
extern const char* const both_directions_cpp;

}  // namespace gradus::app::embedded
