# What an installation holds: the programs (component `programs`), and the libraries with their headers and a CMake package
# (component `development`) that others use as   find_package(procedura) ... target_link_libraries(x procedura::client)
# and in their tests   find_package(procedura COMPONENTS testing) ... target_link_libraries(x procedura::testing)
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

foreach(program procedura mock-agent procedura-conformance procedura-bench)
  if(TARGET ${program})
    install(TARGETS ${program} RUNTIME COMPONENT programs)
  endif()
endforeach()
