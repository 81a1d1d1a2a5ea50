# The notebooks' kernel: the host of the cells, what the kernel must know of this build, and the kernel's entry for Jupyter, all in
# the build folder. `notebooks/start` and `notebooks/run` use them.
find_package(Python3 COMPONENTS Interpreter)
if(NOT Python3_FOUND OR GRADUS_SANITIZE)
  return()
endif()
add_executable(notebook_host ${PROJECT_SOURCE_DIR}/notebooks/kernel/host.cpp)
gradus_compile_options(notebook_host)
set_target_properties(notebook_host PROPERTIES ENABLE_EXPORTS ON)  # the cells call it
target_link_libraries(notebook_host PRIVATE nlohmann_json::nlohmann_json ${CMAKE_DL_LIBS})

set(jupyter ${PROJECT_BINARY_DIR}/notebooks/jupyter)
set(cell_flags "-std=c++20" "-O0")
if(OpenMP_CXX_FOUND)
  separate_arguments(openmp_flags UNIX_COMMAND "${OpenMP_CXX_FLAGS}")
  list(APPEND cell_flags ${openmp_flags})
endif()
list(JOIN cell_flags "\", \"" cell_flags)
file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/notebooks/settings.json CONTENT
"{\"root\": \"${PROJECT_SOURCE_DIR}\", \"build\": \"${PROJECT_BINARY_DIR}\", \"compiler\": \"${CMAKE_CXX_COMPILER}\",
 \"compiler_id\": \"${CMAKE_CXX_COMPILER_ID}\", \"flags\": [\"${cell_flags}\"],
 \"steps\": $<IF:$<CONFIG:Debug>,true,false>,
 \"host\": \"$<TARGET_FILE:notebook_host>\", \"gradus\": \"$<TARGET_FILE:gradus>\", \"gradus64\": \"$<TARGET_FILE:gradus64>\"}
")
# The name is xeus-cpp's, so that the notebooks open there too.
file(GENERATE OUTPUT ${jupyter}/kernels/xcpp20/kernel.json CONTENT
"{\"display_name\": \"C++20 (Gradus)\", \"language\": \"cpp\", \"interrupt_mode\": \"signal\", \"metadata\": {\"debugger\": false},
 \"env\": {\"GRADUS_NOTEBOOK_SETTINGS\": \"${PROJECT_BINARY_DIR}/notebooks/settings.json\"},
 \"argv\": [\"/usr/bin/python3\", \"-Xfrozen_modules=off\", \"${PROJECT_SOURCE_DIR}/notebooks/kernel/kernel.py\", \"-f\", \"{connection_file}\"]}
")

# All that the notebooks need; their headers are compiled here, not before the first reader's eyes.
file(GLOB notebook_files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/notebooks/*.ipynb)
add_custom_target(notebooks COMMAND ${Python3_EXECUTABLE} -B ${PROJECT_SOURCE_DIR}/notebooks/kernel/precompile.py
                                    ${PROJECT_BINARY_DIR}/notebooks/settings.json ${notebook_files}
                  DEPENDS notebook_host gradus gradus64 VERBATIM)
