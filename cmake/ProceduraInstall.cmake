# What an installation holds: the programs with their manual pages (component `programs`), and the libraries with their headers, a
# CMake package and pkg-config files (component `development`) that others use as
#
#   find_package(procedura) ... target_link_libraries(x procedura::client)
#   find_package(procedura COMPONENTS testing) ... target_link_libraries(x procedura::testing)
#   c++ -std=c++20 x.cpp $(pkg-config --cflags --libs procedura)
include(CMakePackageConfigHelpers)

set(_package_folder "${CMAKE_INSTALL_LIBDIR}/cmake/procedura")
foreach(library protocol client mock testing)
  # procedura::testing is a component of its own: only who asks for it needs GoogleTest.
  set(_exported procedura_targets)
  if(library STREQUAL testing)
    set(_exported procedura_testing_targets)
  endif()
  set_target_properties(procedura_${library} PROPERTIES EXPORT_NAME ${library})
  install(TARGETS procedura_${library} EXPORT ${_exported}
          ARCHIVE COMPONENT development
          FILE_SET HEADERS COMPONENT development)
endforeach()
foreach(_exported procedura_targets procedura_testing_targets)
  install(EXPORT ${_exported} NAMESPACE procedura:: DESTINATION "${_package_folder}" COMPONENT development)
endforeach()

configure_package_config_file(cmake/proceduraConfig.cmake.in "${PROJECT_BINARY_DIR}/proceduraConfig.cmake"
                              INSTALL_DESTINATION "${_package_folder}")
# Before 1.0 a minor version may break its users.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/proceduraConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/proceduraConfig.cmake" "${PROJECT_BINARY_DIR}/proceduraConfigVersion.cmake"
        DESTINATION "${_package_folder}" COMPONENT development)

# install_pkg_config(<name> DESCRIPTION text REQUIRES text LIBS text)
#
# The libraries are static, so that what they need themselves is needed by everybody: all of it is in Requires and Libs.
function(install_pkg_config name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "DESCRIPTION;REQUIRES;LIBS" "")
  set(folder "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
  # From the file itself, so that an installation can be moved; /usr stands for any prefix here.
  file(RELATIVE_PATH prefix_from_pc "/usr/${folder}" /usr)
  string(REGEX REPLACE "/$" "" prefix_from_pc "${prefix_from_pc}")
  set(description "${ARG_DESCRIPTION}")
  set(requires "${ARG_REQUIRES}")
  set(libs "${ARG_LIBS}")
  configure_file("${PROJECT_SOURCE_DIR}/cmake/procedura.pc.in" "${PROJECT_BINARY_DIR}/${name}.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/${name}.pc" DESTINATION "${folder}" COMPONENT development)
endfunction()

install_pkg_config(
  procedura-protocol
  DESCRIPTION "The Procedura wire protocol, without I/O (C++20)"
  REQUIRES "simdjson >= 3.0"
  LIBS "-lprocedura_protocol")
install_pkg_config(
  procedura
  DESCRIPTION "Client SDK for Procedura agents (C++20; Boost 1.81)"
  REQUIRES "procedura-protocol = ${PROJECT_VERSION}, nlohmann_json >= 3.11, openssl >= 3.0"
  LIBS "-lprocedura_client -lboost_url")
install_pkg_config(
  procedura-mock
  DESCRIPTION "A Procedura agent played from a scenario, in process (C++20; Boost 1.81)"
  REQUIRES "procedura-protocol = ${PROJECT_VERSION}, nlohmann_json >= 3.11, fmt >= 9, openssl >= 3.0, re2"
  LIBS "-lprocedura_mock -lboost_url")

# The protocol for other people's tools; the AsyncAPI document finds the schemas beside it.
install(FILES "${PROJECT_SOURCE_DIR}/protocol/asyncapi.json" DESTINATION "${CMAKE_INSTALL_DATADIR}/procedura" COMPONENT development)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/protocol/schema" DESTINATION "${CMAKE_INSTALL_DATADIR}/procedura" COMPONENT development
        FILES_MATCHING PATTERN "*.schema.json")

foreach(program procedura mock-agent procedura-conformance procedura-bench)
  if(TARGET ${program})
    install(TARGETS ${program} RUNTIME COMPONENT programs)
  endif()
endforeach()

# manual_page(<page> <program> SUMMARY [SUBCOMMAND... | help PAGE]): made of what the program itself says.
find_program(PROCEDURA_PYTHON python3)
find_program(PROCEDURA_GZIP gzip)
function(manual_page name program summary)
  if(NOT TARGET ${program} OR NOT PROCEDURA_PYTHON OR NOT PROCEDURA_GZIP)
    return()
  endif()
  set(page "${PROJECT_BINARY_DIR}/man/${name}.1")
  set(script "${PROJECT_SOURCE_DIR}/cmake/man_page.py")
  add_custom_command(
    OUTPUT "${page}.gz"
    COMMAND "${PROCEDURA_PYTHON}" "${script}" "${page}" "${summary}" "$<TARGET_FILE:${program}>" ${ARGN}
    COMMAND "${PROCEDURA_GZIP}" -9nf "${page}"
    DEPENDS ${program} "${script}"
    VERBATIM)
  add_custom_target(${name}_manual_page ALL DEPENDS "${page}.gz")
  install(FILES "${page}.gz" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1" COMPONENT programs)
endfunction()

manual_page(procedura procedura "drive a Procedura agent from a shell" help all)
manual_page(procedura-login procedura "log in to a Procedura agent" help login)
manual_page(procedura-logout procedura "forget the saved session token" help logout)
manual_page(procedura-run procedura "run a module of a Procedura agent" help run)
manual_page(procedura-stream procedura "run a long module and print its events" help stream)
manual_page(procedura-ws procedura "look into the connection to a Procedura agent" help ws)
manual_page(procedura-config procedura "look at settings, and keep them in a profile" help config)
manual_page(procedura-completion procedura "complete command lines in a shell" help completion)
manual_page(mock-agent mock-agent "play a Procedura agent from a scenario file" record)
manual_page(procedura-conformance procedura-conformance "judge a Procedura agent by the documented protocol" server list)
manual_page(procedura-bench procedura-bench "put a load on a Procedura agent and report its latencies" run merge
            report compare)

# completion(<shell> FILE FOLDER): where each shell looks for it by itself.
function(completion shell file folder)
  if(NOT TARGET procedura)
    return()
  endif()
  set(script "${PROJECT_BINARY_DIR}/completions/${file}")
  add_custom_command(
    OUTPUT "${script}"
    COMMAND "${CMAKE_COMMAND}" -E make_directory "${PROJECT_BINARY_DIR}/completions"
    COMMAND procedura completion ${shell} > "${script}"
    DEPENDS procedura
    VERBATIM)
  add_custom_target(${shell}_completion ALL DEPENDS "${script}")
  install(FILES "${script}" DESTINATION "${CMAKE_INSTALL_DATADIR}/${folder}" COMPONENT programs)
endfunction()

completion(bash procedura bash-completion/completions)
completion(zsh _procedura zsh/vendor-completions)
completion(fish procedura.fish fish/vendor_completions.d)
