# The libraries. Every source file is one of two kinds: without Real (shapes, files' headers, tokenizers), compiled once into
# gradus_base, or with Real, compiled twice, into gradus (float) and gradus64 (double). All are shared, with hidden
# visibility: a static library built with native code and linked to a user's file that includes Eigen under other flags
# would have the linker merge their inline functions.

function(gradus_compile_options target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
                                             POSITION_INDEPENDENT_CODE ON)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
                                           $<$<BOOL:${GRADUS_WERROR}>:-Werror>
                                           $<$<BOOL:${GRADUS_NATIVE}>:-march=native>)
  # GCC 12 reports its own headers when it optimizes: its AVX-512 intrinsics (GCC bug 105593) and std::string's operator+ (105651).
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    target_compile_options(${target} PRIVATE -Wno-uninitialized -Wno-maybe-uninitialized -Wno-restrict)
  endif()
  # Eigen's fast maths are not correctly rounded and not the same in whole vectors as in the last elements: sqrt(9) of them is
  # 3.0000000000000004, sqrt of infinity NaN.
  target_compile_definitions(${target} PRIVATE EIGEN_DONT_PARALLELIZE EIGEN_FAST_MATH=0 $<$<BOOL:${GRADUS_CHECKED}>:GRADUS_CHECKED>)
  if(GRADUS_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${GRADUS_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(${target} PRIVATE -fsanitize=${GRADUS_SANITIZE})
  endif()
  target_include_directories(${target} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/gradus>)
  if(OpenMP_CXX_FOUND)
    target_link_libraries(${target} PRIVATE OpenMP::OpenMP_CXX)
  endif()
endfunction()

set(rooms autograd nn)
if(GRADUS_MODEL)
  list(APPEND rooms model maximize)
endif()

# Files without Real, the only ones that are listed by name; a test keeps the list true.
set(base_sources autograd/error.cpp autograd/shape.cpp autograd/arena.cpp autograd/random.cpp autograd/site.cpp autograd/names.cpp
    autograd/kernels/parallel.cpp)
if(GRADUS_MODEL)
  list(APPEND base_sources
    model/data/glyph.cpp model/data/idx.cpp model/data/orchard.cpp model/data/orchard_parse.cpp model/data/orchard_words.cpp
    model/files/file.cpp model/files/huggingface.cpp model/files/other_kind.cpp model/files/png.cpp model/files/safetensors.cpp model/files/safetensors_write.cpp model/files/utf8.cpp
    model/text/byte_pairs.cpp model/text/characters.cpp model/text/tokenizer.cpp model/text/windows.cpp model/text/words.cpp model/data/load_text.cpp
    maximize/claim.cpp maximize/report/curve.cpp maximize/report/grey_image.cpp maximize/report/run_report.cpp maximize/report/svg.cpp)
endif()

foreach(room IN LISTS rooms)
  file(GLOB_RECURSE found CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR} ${room}/*.cpp)
  list(APPEND real_sources ${found})
endforeach()
list(REMOVE_ITEM real_sources ${base_sources})
list(FILTER real_sources EXCLUDE REGEX "^maximize/app/")  # the program: program.cmake

# Gradient checks need double: they are compiled for gradus64 alone.
set(gradcheck_sources ${real_sources})
list(FILTER gradcheck_sources INCLUDE REGEX "^autograd/gradcheck/")
list(REMOVE_ITEM real_sources ${gradcheck_sources})

# Where a student steps, a debug build inlines nothing (gdb's skip rules are for calls), and the engine's loop and both directions keep each line.
if(CMAKE_BUILD_TYPE STREQUAL Debug AND NOT GRADUS_SANITIZE)
  set(ops ${real_sources})
  list(FILTER ops INCLUDE REGEX "^autograd/ops/")
  set_source_files_properties(${ops} PROPERTIES COMPILE_OPTIONS -fno-inline)
  set_source_files_properties(autograd/tape.cpp maximize/both_directions.cpp PROPERTIES COMPILE_OPTIONS -O0)
endif()

# The kernels in every build: GCC keeps their sums in registers at -O3 alone, and without that they take three times as long.
set_source_files_properties(autograd/kernels/product.cpp autograd/kernels/conv_forward.cpp autograd/kernels/conv_backward.cpp PROPERTIES COMPILE_OPTIONS -O3)

add_library(gradus_base SHARED ${base_sources})
gradus_compile_options(gradus_base)
set_target_properties(gradus_base PROPERTIES EXPORT_NAME base)
if(GRADUS_MODEL)
  target_link_libraries(gradus_base PRIVATE nlohmann_json::nlohmann_json PNG::PNG ZLIB::ZLIB ${PCRE2_LIBRARY})
  target_include_directories(gradus_base SYSTEM PRIVATE ${PCRE2_INCLUDE_DIR})
endif()

foreach(library gradus gradus64)
  add_library(${library} SHARED ${real_sources})
  gradus_compile_options(${library})
  target_link_libraries(${library} PUBLIC gradus_base PRIVATE Eigen3::Eigen)
  if(GRADUS_MODEL)
    target_link_libraries(${library} PRIVATE nlohmann_json::nlohmann_json)
  endif()
endforeach()
target_sources(gradus64 PRIVATE ${gradcheck_sources})
target_compile_definitions(gradus64 PUBLIC GRADUS_DOUBLE)

# A program is of one precision: CMake refuses a target that links both libraries.
set_target_properties(gradus PROPERTIES INTERFACE_GRADUS_REAL float COMPATIBLE_INTERFACE_STRING GRADUS_REAL)
set_target_properties(gradus64 PROPERTIES INTERFACE_GRADUS_REAL double COMPATIBLE_INTERFACE_STRING GRADUS_REAL)

foreach(library gradus_base gradus gradus64)
  set_target_properties(${library} PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
endforeach()
