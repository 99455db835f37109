# The report's page, but for what a run puts into it: one file that needs no other.
include(ProceduraPage)
set(_folder "${CMAKE_CURRENT_LIST_DIR}")
procedura_page_part(PROCEDURA_REPORT_STYLE PROCEDURA_REPORT_STYLE_HASH "${_folder}" base.css layout.css case.css)
procedura_page_part(PROCEDURA_REPORT_SCRIPT PROCEDURA_REPORT_SCRIPT_HASH "${_folder}" frames.js filter.js main.js)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${_folder}/report.html")
file(READ "${_folder}/report.html" PROCEDURA_REPORT_PAGE)
string(CONFIGURE "${PROCEDURA_REPORT_PAGE}" PROCEDURA_REPORT_PAGE @ONLY)
configure_file("${_folder}/report_page.cpp.in" "${CMAKE_CURRENT_BINARY_DIR}/report_page.cpp" @ONLY)
