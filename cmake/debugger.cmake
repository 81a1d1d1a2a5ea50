# gdb with the printers, commands and skip rules of autograd/inspect/gdb/gradus.py. gdb itself declines a .gdbinit in a build folder.
#   cmake --build build/debug --target gdb         opens on maximize/both_directions.cpp: training, as it calls descend
#   cmake --build build/step --target gdb-engine   a small network on the engine alone: tests/debugger/debuggee.cpp
find_program(GRADUS_GDB gdb)
if(NOT GRADUS_GDB)
  foreach(target gdb gdb-engine)
    add_custom_target(${target} COMMAND ${CMAKE_COMMAND} -E echo "gdb is not installed: apt-get install gdb, then configure again"
                                COMMAND ${CMAKE_COMMAND} -E false)
  endforeach()
  return()
endif()
set(gdb_command ${GRADUS_GDB} -q -x ${PROJECT_SOURCE_DIR}/autograd/inspect/gdb/gradus.py -ex "set breakpoint pending on")
if(TARGET gradus_program)
  # By its file: a breakpoint on the name alone would be set where the program jumps into the library, before it is loaded.
  add_custom_target(gdb COMMAND ${gdb_command} -ex "break -source both_directions.cpp -function train" -ex run
                                --args $<TARGET_FILE:gradus_program>
                                train cnn --steps 2 --threads 1 --out ${PROJECT_BINARY_DIR}/gdb.safetensors
                    DEPENDS gradus_program VERBATIM USES_TERMINAL)
endif()
if(TARGET debuggee)
  add_custom_target(gdb-engine COMMAND ${gdb_command} -ex "break main" -ex run --args $<TARGET_FILE:debuggee>
                    DEPENDS debuggee VERBATIM USES_TERMINAL)
endif()
