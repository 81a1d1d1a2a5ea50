# The program `gradus`, and the page that it carries inside.
set(page_dir ${PROJECT_SOURCE_DIR}/maximize/app/page)
set(page_js)
foreach(script dom charts tape snapshots details page)
  file(READ ${page_dir}/${script}.js text)
  string(APPEND page_js "${text}")
endforeach()
file(READ ${page_dir}/index.html index_html)
file(READ ${page_dir}/page.css page_css)
file(READ ${PROJECT_SOURCE_DIR}/maximize/both_directions.cpp both_directions_cpp)
file(GLOB page_files CONFIGURE_DEPENDS ${page_dir}/*)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${page_files} ${PROJECT_SOURCE_DIR}/maximize/both_directions.cpp)
configure_file(${PROJECT_SOURCE_DIR}/cmake/embedded.cpp.in ${PROJECT_BINARY_DIR}/embedded.cpp @ONLY)

file(GLOB app_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/maximize/app/*.cpp)
add_executable(gradus_program ${app_sources} ${PROJECT_BINARY_DIR}/embedded.cpp)
set_target_properties(gradus_program PROPERTIES OUTPUT_NAME gradus INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
gradus_compile_options(gradus_program)
# The program computes nothing itself: optimizing its command line and its JSON would cost half of the demo's build.
target_compile_options(gradus_program PRIVATE $<$<CONFIG:Release>:-O1>)
target_precompile_headers(gradus_program PRIVATE <nlohmann/json.hpp>)
target_compile_definitions(gradus_program PRIVATE GRADUS_VERSION="${PROJECT_VERSION}" GRADUS_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
target_link_libraries(gradus_program PRIVATE gradus CLI11::CLI11 nlohmann_json::nlohmann_json ${CMAKE_DL_LIBS})

# What needs double is compiled against gradus64 (PRIVATE, so that its GRADUS_DOUBLE stays there), and becomes a module that
# the program loads when it is asked for: the demo then builds one precision only.
add_library(gradus_program64 STATIC
  ${PROJECT_SOURCE_DIR}/maximize/app/double/gradchecks.cpp ${PROJECT_SOURCE_DIR}/maximize/app/double/op_checks.cpp)
add_library(gradus_double MODULE ${PROJECT_SOURCE_DIR}/maximize/app/double/module.cpp)
foreach(library gradus_program64 gradus_double)
  gradus_compile_options(${library})
endforeach()
target_link_libraries(gradus_program64 PRIVATE gradus64)
target_link_libraries(gradus_double PRIVATE gradus_program64)
set_target_properties(gradus_double PROPERTIES INSTALL_RPATH "$ORIGIN")
target_compile_definitions(gradus_program PRIVATE GRADUS_DOUBLE_MODULE="$<TARGET_FILE_NAME:gradus_double>")

# `cmake --workflow --preset demo` ends here.
add_custom_target(demo COMMAND gradus_program demo --out ${PROJECT_SOURCE_DIR}/gradus-demo USES_TERMINAL)
