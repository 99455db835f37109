# What an installation holds: the programs (component `programs`), and the libraries with their headers and a CMake package
# (component `development`) that others use as   find_package(procedura) ... target_link_libraries(x procedura::client)
include(CMakePackageConfigHelpers)

set(_package_folder "${CMAKE_INSTALL_LIBDIR}/cmake/procedura")
foreach(library protocol client mock testing)
  if(TARGET procedura_${library})
    set_target_properties(procedura_${library} PROPERTIES EXPORT_NAME ${library})
    install(TARGETS procedura_${library} EXPORT procedura_targets
            ARCHIVE COMPONENT development
            FILE_SET HEADERS COMPONENT development)
  endif()
endforeach()
install(EXPORT procedura_targets NAMESPACE procedura:: DESTINATION "${_package_folder}" COMPONENT development)

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
