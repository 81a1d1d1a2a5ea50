# cmake --install: the libraries, their headers, the program with its weights, and a package that find_package(Gradus) finds.
include(CMakePackageConfigHelpers)

set(libraries gradus_base gradus gradus64)
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
