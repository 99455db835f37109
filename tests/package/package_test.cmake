# As a stranger uses the libraries. BUILT: our build folder, SCRATCH: where to work, WAY: how they get at them.
#   find_package   against what is installed under SCRATCH
#   pkg_config     against the same, with the compiler and pkg-config alone
#   subproject     with our tree as a folder of theirs
set(consumer "${CMAKE_CURRENT_LIST_DIR}/consumer")
set(prefix "${SCRATCH}/prefix")
set(work "${SCRATCH}/${WAY}")
file(REMOVE_RECURSE "${work}")

function(run)
  execute_process(COMMAND ${ARGV} COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
endfunction()

function(install)
  file(REMOVE_RECURSE "${prefix}")
  run("${CMAKE_COMMAND}" --install "${BUILT}" --prefix "${prefix}" --component development)
endfunction()

function(expect program expected)
  execute_process(COMMAND "${work}/${program}" OUTPUT_VARIABLE output COMMAND_ERROR_IS_FATAL ANY)
  if(NOT output STREQUAL expected)
    message(FATAL_ERROR "the consumer's ${program} wrote\n  ${output}\ninstead of\n  ${expected}")
  endif()
endfunction()

set(encoded [[{"id":"1","cmd":"worldstate_snapshot","args":["worldstate_snapshot","--terse"],"mode":"sync"}]])
set(world [[{"entities":{"e1":{}}}]])

if(WAY STREQUAL "find_package")
  install()
  run("${CMAKE_COMMAND}" -G Ninja -S "${consumer}" -B "${work}" -D "CMAKE_PREFIX_PATH=${prefix}" -D CMAKE_CXX_COMPILER_LAUNCHER=ccache)
  run("${CMAKE_COMMAND}" --build "${work}")
  expect(encode "${encoded}")
  expect(drive "${world}")
  run("${work}/with_agent")

elseif(WAY STREQUAL "pkg_config")
  install()
  file(GLOB_RECURSE pc_files "${prefix}/*/procedura.pc")
  cmake_path(GET pc_files PARENT_PATH pc_folder)
  set(ENV{PKG_CONFIG_PATH} "${pc_folder}")
  function(compile program packages)
    execute_process(COMMAND pkg-config --cflags --libs ${packages} OUTPUT_VARIABLE flags OUTPUT_STRIP_TRAILING_WHITESPACE
                    COMMAND_ERROR_IS_FATAL ANY)
    separate_arguments(flags UNIX_COMMAND "${flags}")
    list(TRANSFORM ARGN PREPEND "${consumer}/")
    run(ccache c++ -std=c++20 ${ARGN} -o "${work}/${program}" ${flags})
  endfunction()
  file(MAKE_DIRECTORY "${work}")
  compile(encode procedura-protocol encode.cpp)
  expect(encode "${encoded}")
  compile(drive "procedura;procedura-mock" drive.cpp ask.cpp)
  expect(drive "${world}")

elseif(WAY STREQUAL "subproject")
  get_filename_component(source "${CMAKE_CURRENT_LIST_DIR}/../.." ABSOLUTE)
  run("${CMAKE_COMMAND}" -G Ninja -S "${CMAKE_CURRENT_LIST_DIR}/subproject" -B "${work}" -D "PROCEDURA_SOURCE=${source}" -D
      CMAKE_CXX_COMPILER_LAUNCHER=ccache)
  run("${CMAKE_COMMAND}" --build "${work}" --parallel 2)
  expect(procedura "${encoded}")
  expect(with_client CONNECT_FAILED)
  execute_process(COMMAND "${CMAKE_CTEST_COMMAND}" --test-dir "${work}" -N OUTPUT_VARIABLE tests COMMAND_ERROR_IS_FATAL ANY)
  if(NOT tests MATCHES "Total Tests: 1\n")
    message(FATAL_ERROR "the stranger's tests are not the stranger's alone:\n${tests}")
  endif()
  run("${CMAKE_COMMAND}" --install "${work}" --prefix "${work}/prefix")
  file(GLOB_RECURSE installed RELATIVE "${work}/prefix" "${work}/prefix/*")
  if(NOT installed STREQUAL "bin/procedura")
    message(FATAL_ERROR "the stranger installs\n  ${installed}\ninstead of\n  bin/procedura")
  endif()

else()
  message(FATAL_ERROR "WAY is '${WAY}'")
endif()
