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
            -Wnon-virtual-dtor
            -Woverloaded-virtual
            -Wnull-dereference
            $<$<BOOL:${PROCEDURA_WERROR}>:-Werror>)
if(PROCEDURA_SANITIZE STREQUAL "address")
  # -g1 and without these UBSan checks a Beast unit compiles in a third of the time.
  set(_sanitize -fsanitize=address,undefined -fno-sanitize=vptr,null,alignment,object-size
                -fno-sanitize-recover=undefined -fno-omit-frame-pointer -g1)
elseif(PROCEDURA_SANITIZE STREQUAL "thread")
  set(_sanitize -fsanitize=thread -g1)
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

# procedura_test(<name> SOURCES... LINK... [LABELS...]): a GoogleTest program, its tests known to CTest one by one.
function(procedura_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;LABELS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LINK} GTest::gmock GTest::gtest_main procedura_build_settings)
  target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}/tests/support")
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
                       PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT 120)
endfunction()
