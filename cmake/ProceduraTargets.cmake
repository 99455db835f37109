# How this project makes targets: warnings, sanitizers and coverage live in one INTERFACE target, so that no room repeats them.
include(GoogleTest)

add_library(procedura_build_settings INTERFACE)
target_compile_features(procedura_build_settings INTERFACE cxx_std_20)
target_compile_options(
  procedura_build_settings
  INTERFACE -Wall
            -Wextra
            -Wpedantic
            -Wshadow
            -Wconversion
            -Wsign-conversion
            -Wold-style-cast
            -Woverloaded-virtual
            $<$<BOOL:${PROCEDURA_WERROR}>:-Werror>)
if(PROCEDURA_SANITIZE STREQUAL "address")
  # -g1 and without these UBSan checks a Beast unit compiles in a third of the time; the preset has -O0 for the same reason: the gate
  # compiles everything anew for it.
  set(_sanitize -fsanitize=address,undefined -fno-sanitize=vptr,null,alignment,object-size
                -fno-sanitize-recover=undefined -fno-omit-frame-pointer -g1)
elseif(PROCEDURA_SANITIZE STREQUAL "thread")
  # g++ 12 says that it does not follow fences; Asio's stand beside locks, which it does follow.
  set(_sanitize -fsanitize=thread -g1 -Wno-tsan)
endif()
if(_sanitize)
  target_compile_options(procedura_build_settings INTERFACE ${_sanitize})
  target_link_options(procedura_build_settings INTERFACE ${_sanitize})
endif()
if(PROCEDURA_COVERAGE)
  target_compile_options(procedura_build_settings INTERFACE --coverage -O0 -g)
  target_link_options(procedura_build_settings INTERFACE --coverage)
endif()

# procedura_library(<name> ALIAS procedura::x SOURCES... [HEADERS...] [LINK...] [PRIVATE_LINK...])
#
# A static library whose public headers lie under include/ of the calling folder.
function(procedura_library name)
  cmake_parse_arguments(ARG "" "ALIAS" "SOURCES;HEADERS;LINK;PRIVATE_LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  if(ARG_ALIAS)
    add_library(${ARG_ALIAS} ALIAS ${name})
  endif()
  target_compile_features(${name} PUBLIC cxx_std_20)
  # Who embeds it may well do so in a shared library.
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  if(ARG_HEADERS)
    target_sources(${name} PUBLIC FILE_SET HEADERS BASE_DIRS "${CMAKE_CURRENT_SOURCE_DIR}/include" FILES ${ARG_HEADERS})
    set_target_properties(${name} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
  endif()
  target_link_libraries(${name} PUBLIC ${ARG_LINK} PRIVATE ${ARG_PRIVATE_LINK} $<BUILD_INTERFACE:procedura_build_settings>)
endfunction()

# procedura_program(<name> SOURCES... LINK...)
function(procedura_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LINK} procedura_build_settings)
endfunction()

if(PROCEDURA_BUILD_TESTS)
  # What ./dev builds by name; the tests and benchmarks below join them.
  foreach(suite quick sanitized covered)
    add_custom_target(${suite}_tests)
  endforeach()
  add_custom_target(micro_benchmarks)

  # GoogleTest, GoogleMock and json.hpp are most of what compiling a test costs: they are read once for all tests.
  file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/precompiled.cpp" CONTENT "")
  add_library(procedura_test_precompiled OBJECT "${PROJECT_BINARY_DIR}/precompiled.cpp")
  target_link_libraries(procedura_test_precompiled PRIVATE GTest::gmock procedura_build_settings)
  target_precompile_headers(procedura_test_precompiled PRIVATE <gmock/gmock.h> <gtest/gtest.h> <nlohmann/json.hpp>)
  if(NOT CMAKE_DISABLE_PRECOMPILE_HEADERS)
    set(_precompiled_for_ccache -fpch-preprocess)
  endif()
  target_compile_options(procedura_test_precompiled PRIVATE ${_precompiled_for_ccache})
endif()

# procedura_test(<name> SOURCES... LINK... [LABELS...] [QUICK]): a GoogleTest program, its tests known to CTest one by one.
#
# Its folder under tests/ gives it its labels: a test in tests/unit/protocol is `unit` and `protocol`. unit and integration
# tests run under the sanitizers; the unit tests, and an integration test that says QUICK, do so in every CI run.
function(procedura_test name)
  cmake_parse_arguments(ARG "QUICK" "" "SOURCES;LINK;LABELS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LINK} GTest::gmock GTest::gtest_main procedura_build_settings)
  target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}/tests/support")
  target_compile_options(${name} PRIVATE ${_precompiled_for_ccache})
  target_precompile_headers(${name} REUSE_FROM procedura_test_precompiled)

  file(RELATIVE_PATH folder "${PROJECT_SOURCE_DIR}/tests" "${CMAKE_CURRENT_SOURCE_DIR}")
  string(REPLACE "/" ";" labels "${folder}")
  if(folder MATCHES "^(unit|integration)")
    list(APPEND labels sanitized)
  endif()
  if(ARG_QUICK OR folder MATCHES "^unit")
    list(APPEND labels quick)
  endif()
  if(folder MATCHES "^unit/(protocol|mockserver)")
    list(APPEND labels covered)
  endif()
  foreach(suite quick sanitized covered)
    if(suite IN_LIST labels)
      add_dependencies(${suite}_tests ${name})
    endif()
  endforeach()
  list(APPEND labels ${ARG_LABELS})
  list(REMOVE_DUPLICATES labels)
  gtest_discover_tests(${name} NO_PRETTY_VALUES DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 120)
  # gtest_discover_tests passes no lists on, so the labels are set from a file that CTest reads after it.
  set(labels_file "${CMAKE_CURRENT_BINARY_DIR}/${name}_labels.cmake")
  file(WRITE "${labels_file}"
       "foreach(test IN LISTS ${name}_TESTS)\n  set_tests_properties(\${test} PROPERTIES LABELS \"${labels}\")\nendforeach()\n")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES "${labels_file}")
endfunction()

# procedura_benchmark(<name>_benchmark SOURCES... LINK...): a Google Benchmark program that ./dev bench runs. Its test runs each
# benchmark for a moment, and asserts that it does what it is about; Google Benchmark itself exits with 0 where one does not.
function(procedura_benchmark name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LINK} benchmark::benchmark_main procedura_build_settings)
  add_dependencies(micro_benchmarks ${name})
  add_test(NAME micro.${name} COMMAND ${name} --benchmark_min_time=0.001)
  set_tests_properties(micro.${name} PROPERTIES LABELS micro TIMEOUT 120 FAIL_REGULAR_EXPRESSION "ERROR OCCURRED")
endfunction()
