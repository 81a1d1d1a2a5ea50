# cmake --install: the libraries, their headers, the program with its weights, and a package that find_package(Gradus) finds.
include(CMakePackageConfigHelpers)

set(libraries gradus_base gradus gradus64)
set(installed ${libraries})
if(TARGET gradus_program)
  list(APPEND installed gradus_program gradus_double)
endif()
# What is installed is built first, all of it: `demo` builds one library of two, and half a prefix is worse than none.
add_custom_target(installed DEPENDS ${installed})
install(CODE "
  execute_process(COMMAND \"${CMAKE_COMMAND}\" --build \"${PROJECT_BINARY_DIR}\" --target installed --config \"\${CMAKE_INSTALL_CONFIG_NAME}\"
                  RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR \"nothing was installed: the build failed\")
  endif()")
install(TARGETS ${libraries} EXPORT GradusTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
foreach(library IN LISTS libraries)
  set_target_properties(${library} PROPERTIES INSTALL_RPATH "$ORIGIN")
endforeach()
foreach(room IN LISTS rooms)
  install(DIRECTORY ${room} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/gradus
          FILES_MATCHING PATTERN "*.h" PATTERN app EXCLUDE PATTERN weights EXCLUDE PATTERN ops EXCLUDE PATTERN kernels EXCLUDE
          PATTERN gdb EXCLUDE PATTERN parts.h EXCLUDE)
endforeach()
install(FILES autograd/inspect/gdb/gradus.py DESTINATION ${CMAKE_INSTALL_DATADIR}/gradus/gdb)
install(EXPORT GradusTargets NAMESPACE Gradus:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/Gradus)
write_basic_package_version_file(GradusConfigVersion.cmake COMPATIBILITY SameMinorVersion)
file(WRITE ${PROJECT_BINARY_DIR}/GradusConfig.cmake
     "# Gradus::gradus (float) and Gradus::gradus64 (double, for gradient checks).\ninclude(\${CMAKE_CURRENT_LIST_DIR}/GradusTargets.cmake)\n")
install(FILES ${PROJECT_BINARY_DIR}/GradusConfig.cmake ${PROJECT_BINARY_DIR}/GradusConfigVersion.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/Gradus)
if(TARGET gradus_program)
  install(TARGETS gradus_program gradus_double RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(DIRECTORY model/weights DESTINATION ${CMAKE_INSTALL_DATADIR}/gradus)
endif()
