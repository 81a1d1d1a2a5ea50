# The exercises: all that is compiled before a student comes, and what `notebooks/exercises/check` must know of this build.
#   cmake --build build/release --target exercises
find_package(Python3 COMPONENTS Interpreter)
find_package(Catch2 QUIET)
if(NOT Python3_FOUND OR NOT Catch2_FOUND OR GRADUS_SANITIZE)
  return()
endif()
set(exercises_dir ${PROJECT_SOURCE_DIR}/notebooks/exercises)
set(exercises_out ${PROJECT_BINARY_DIR}/exercises)

# What the test files and a student's file are compiled with. No optimization: it is compiled in a third of the time.
function(exercise_objects name)
  add_library(${name} OBJECT EXCLUDE_FROM_ALL ${ARGN})
  gradus_compile_options(${name})
  target_compile_options(${name} PRIVATE -O0 -g)
  target_link_libraries(${name} PRIVATE gradus64 Catch2::Catch2 Eigen3::Eigen)
  target_include_directories(${name} PRIVATE ${exercises_dir})
  target_compile_definitions(${name} PRIVATE GRADUS_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
endfunction()

exercise_objects(exercise_runner ${exercises_dir}/checker/exercise.cpp)
target_precompile_headers(exercise_runner PRIVATE ${PROJECT_SOURCE_DIR}/tests/catch.h ${PROJECT_SOURCE_DIR}/autograd/gradcheck/catch.h)
set(exercise_main "")
if(TARGET Catch2::Catch2WithMain)
  set(exercise_main ", \"$<TARGET_FILE:Catch2::Catch2WithMain>\"")
  get_target_property(catch_type Catch2::Catch2 TYPE)
  if(NOT catch_type STREQUAL INTERFACE_LIBRARY)  # version 3
    string(APPEND exercise_main ", \"$<TARGET_FILE:Catch2::Catch2>\"")
  endif()
else()
  target_sources(exercise_runner PRIVATE ${PROJECT_SOURCE_DIR}/tests/catch_main.cpp)
endif()

set(exercise_entries "")
file(GLOB exercise_tests CONFIGURE_DEPENDS RELATIVE ${exercises_dir} ${exercises_dir}/[0-9]*/*_test.cpp)
foreach(test IN LISTS exercise_tests)
  get_filename_component(exercise ${test} DIRECTORY)
  list(APPEND exercise_names ${exercise})
  list(APPEND exercise_files_${exercise} ${exercises_dir}/${test})
endforeach()
list(REMOVE_DUPLICATES exercise_names)
foreach(exercise IN LISTS exercise_names)
  exercise_objects(exercise_${exercise} ${exercise_files_${exercise}})
  target_precompile_headers(exercise_${exercise} REUSE_FROM exercise_runner)
  list(APPEND exercise_targets exercise_${exercise})
  list(APPEND exercise_entries "\"${exercise}\": [\"$<JOIN:$<TARGET_OBJECTS:exercise_${exercise}>,\", \">\"]")
endforeach()
list(JOIN exercise_entries ",\n  " exercise_entries)

# A Node's members are described in the library alone, which may have been compiled without -g: describe them here too.
set(exercise_flags "-std=c++20" "-O0" "-g")
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  list(APPEND exercise_flags "-femit-class-debug-always")
else()
  list(APPEND exercise_flags "-fstandalone-debug")
endif()
if(GRADUS_NATIVE)
  list(APPEND exercise_flags "-march=native")
endif()
if(OpenMP_CXX_FOUND)
  separate_arguments(openmp_flags UNIX_COMMAND "${OpenMP_CXX_FLAGS}")
  list(APPEND exercise_flags ${openmp_flags})
endif()
list(JOIN exercise_flags "\", \"" exercise_flags)
file(GENERATE OUTPUT ${exercises_out}/settings.json CONTENT
"{\"root\": \"${PROJECT_SOURCE_DIR}\", \"compiler\": \"${CMAKE_CXX_COMPILER}\", \"flags\": [\"${exercise_flags}\"],
 \"libraries\": [\"$<TARGET_FILE:gradus64>\", \"$<TARGET_FILE:gradus_base>\"],
 \"runner\": [\"$<JOIN:$<TARGET_OBJECTS:exercise_runner>,\", \">\"${exercise_main}],
 \"tests\": {
  ${exercise_entries}
 }}
")
add_custom_target(exercises DEPENDS exercise_runner ${exercise_targets} gradus64)

# A way into gdb for each: cmake --build build/debug --target gdb-05-matmul
foreach(exercise IN LISTS exercise_names)
  add_custom_target(gdb-${exercise} COMMAND ${Python3_EXECUTABLE} -B ${exercises_dir}/check ${exercise} --gdb --build ${PROJECT_BINARY_DIR}
                                    VERBATIM USES_TERMINAL)
endforeach()

# The way in, 00-start: two programs, beside the text that they print.
foreach(example xor by_hand)
  add_executable(exercises_${example} EXCLUDE_FROM_ALL ${exercises_dir}/00-start/${example}.cpp)
  gradus_compile_options(exercises_${example})
  target_link_libraries(exercises_${example} PRIVATE gradus64)
  set_target_properties(exercises_${example} PROPERTIES OUTPUT_NAME ${example} RUNTIME_OUTPUT_DIRECTORY ${exercises_out})
  add_dependencies(exercises exercises_${example})
endforeach()
