# The report's page, but for what a run puts into it: one file that needs no other.
include(ProceduraPage)
set(_folder "${CMAKE_CURRENT_LIST_DIR}")
procedura_page_part(PROCEDURA_BENCH_STYLE PROCEDURA_BENCH_STYLE_HASH "${_folder}" base.css layout.css picture.css)
procedura_page_part(PROCEDURA_BENCH_SCRIPT PROCEDURA_BENCH_SCRIPT_HASH "${_folder}" picture.js main.js)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${_folder}/report.html")
file(READ "${_folder}/report.html" PROCEDURA_BENCH_PAGE)
string(CONFIGURE "${PROCEDURA_BENCH_PAGE}" PROCEDURA_BENCH_PAGE @ONLY)
configure_file("${_folder}/empty_page.cpp.in" "${CMAKE_CURRENT_BINARY_DIR}/empty_page.cpp" @ONLY)
