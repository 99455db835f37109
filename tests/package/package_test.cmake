# Installs what was built in BUILT under SCRATCH, builds the consumer against it, and runs what came out.
set(prefix "${SCRATCH}/prefix")
set(consumer "${SCRATCH}/consumer")
file(REMOVE_RECURSE "${prefix}" "${consumer}")

function(run)
  execute_process(COMMAND ${ARGV} COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
endfunction()

run("${CMAKE_COMMAND}" --install "${BUILT}" --prefix "${prefix}" --component development)
run("${CMAKE_COMMAND}" -G Ninja -S "${CMAKE_CURRENT_LIST_DIR}/consumer" -B "${consumer}" -D "CMAKE_PREFIX_PATH=${prefix}" -D
    CMAKE_CXX_COMPILER_LAUNCHER=ccache)
run("${CMAKE_COMMAND}" --build "${consumer}")

function(expect program expected)
  execute_process(COMMAND "${consumer}/${program}" OUTPUT_VARIABLE output COMMAND_ERROR_IS_FATAL ANY)
  if(NOT output STREQUAL expected)
    message(FATAL_ERROR "the consumer's ${program} wrote\n  ${output}\ninstead of\n  ${expected}")
  endif()
endfunction()

expect(encode [[{"id":"1","cmd":"worldstate_snapshot","args":["worldstate_snapshot","--terse"],"mode":"sync"}]])
expect(drive [[{"entities":{"e1":{}}}]])
run("${consumer}/with_agent")
