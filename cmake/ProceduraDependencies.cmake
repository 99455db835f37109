# Everything here is a Debian 12 package; ./dev installs them by name.
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS url)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(simdjson 3.0 REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)

if(PROCEDURA_BUILD_TOOLS)
  find_package(CLI11 2.1 REQUIRED)
  find_package(ZLIB REQUIRED)
endif()

find_package(PkgConfig REQUIRED)
pkg_check_modules(re2 REQUIRED IMPORTED_TARGET re2)

if(PROCEDURA_BUILD_TESTS)
  find_package(GTest REQUIRED)
  find_package(benchmark REQUIRED)
  # The system's own Python first: Debian's python3-websockets is installed for that one. Nothing is built with it.
  find_program(PROCEDURA_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH)
  find_program(PROCEDURA_PYTHON python3)
endif()
