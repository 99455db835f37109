# Debian packages of an installation, by component: `procedura-tools` and `libprocedura-dev`. ./dev package builds them.
if(NOT CMAKE_INSTALL_PREFIX STREQUAL "/usr")
  message(FATAL_ERROR "Debian packages install into /usr: configure with the preset `package`, or with CMAKE_INSTALL_PREFIX=/usr")
endif()
find_program(PROCEDURA_GZIP gzip REQUIRED)

set(CPACK_PACKAGE_NAME procedura)
set(CPACK_PACKAGE_CONTACT "The maintainers of the Procedura kit <maintainers@procedura.org>")
set(CPACK_PACKAGE_VERSION "${PROJECT_VERSION}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_COMPONENTS_ALL programs development)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

# CPack puts this above the description of every package, and takes the white space from a text's last line: so the first line
# of each text below is the package's synopsis, and each ends with a newline.
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")

set(CPACK_DEBIAN_PROGRAMS_PACKAGE_NAME procedura-tools)
set(CPACK_DEBIAN_PROGRAMS_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PROGRAMS_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PROGRAMS_PACKAGE_RECOMMENDS ca-certificates)
set(CPACK_DEBIAN_PROGRAMS_PACKAGE_SUGGESTS bash-completion)
set(CPACK_COMPONENT_PROGRAMS_DESCRIPTION
    "drive, mock, judge and measure Procedura agents
Procedura agents run modules for clients over WebSocket. This package has
the programs for those who use such agents, and for those who write them:
.
 * procedura: log in to an agent, run a module, follow a long job
 * mock-agent: an agent played from a scenario file, with a verdict
 * procedura-conformance: judge an agent by the documented protocol
 * procedura-bench: put a load on an agent and report its latencies
")

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libprocedura-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
# Static libraries: what they were built with, their users build and link with. CMake finds RE2 through pkg-config.
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
    "libboost1.81-dev, libboost-url1.81-dev, nlohmann-json3-dev (>= 3.11), libsimdjson-dev (>= 3.0), libfmt-dev (>= 9), libre2-dev, libssl-dev (>= 3.0), pkg-config")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SUGGESTS "libgmock-dev (>= 1.12), procedura-tools")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION
    "client SDK and mock agent for Procedura, in C++20 (development files)
Procedura agents run modules for clients over WebSocket. This package has
headers, static libraries, a CMake package and pkg-config files of
.
 * procedura::client: log in, run modules, follow long jobs; blocking, or
   in an Asio event loop with any completion token
 * procedura::mock: an agent played from a scenario, in your test's process
 * procedura::testing: a GoogleTest fixture, matchers and a double
 * procedura::protocol: frames and session machines, without I/O
")

# --- what Debian's policy asks every package to have under /usr/share/doc

# compressed(<out> <file>): as gzip -9n writes it, which is the same each time.
function(compressed out file)
  execute_process(COMMAND "${PROCEDURA_GZIP}" -9nc "${file}" OUTPUT_FILE "${out}" COMMAND_ERROR_IS_FATAL ANY)
endfunction()

string(TIMESTAMP PROCEDURA_DATE "%a, %d %b %Y %H:%M:%S +0000" UTC)  # that of SOURCE_DATE_EPOCH, if it is set
set(_debian "${PROJECT_BINARY_DIR}/debian")
configure_file(cmake/debian/changelog.in "${_debian}/changelog.Debian" @ONLY)
compressed("${_debian}/changelog.Debian.gz" "${_debian}/changelog.Debian")
compressed("${_debian}/changelog.gz" "${PROJECT_SOURCE_DIR}/CHANGELOG.md")
file(STRINGS "${PROJECT_SOURCE_DIR}/LICENSE" _license)
list(TRANSFORM _license PREPEND " ")
list(TRANSFORM _license REPLACE "^ $" " .")
list(JOIN _license "\n" PROCEDURA_LICENSE)
configure_file(cmake/debian/copyright.in "${_debian}/copyright" @ONLY)

foreach(component programs development)
  string(TOUPPER "${component}" upper)
  set(doc "share/doc/${CPACK_DEBIAN_${upper}_PACKAGE_NAME}")
  install(FILES "${_debian}/copyright" "${_debian}/changelog.Debian.gz" "${_debian}/changelog.gz" DESTINATION "${doc}"
          COMPONENT ${component})
endforeach()
install(DIRECTORY mockserver/scenarios/ DESTINATION share/doc/procedura-tools/examples/mock-agent COMPONENT programs
        FILES_MATCHING PATTERN "*.json")
install(DIRECTORY conformance/profiles conformance/scenarios DESTINATION share/doc/procedura-tools/examples/conformance
        COMPONENT programs FILES_MATCHING PATTERN "*.json")

include(CPack)
