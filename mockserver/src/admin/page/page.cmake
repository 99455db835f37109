# Puts the page's parts into one file, and names its script and its style for the Content-Security-Policy by their hashes.
include(ProceduraPage)
set(_folder "${CMAKE_CURRENT_LIST_DIR}")

procedura_page_part(_style PROCEDURA_PAGE_STYLE_HASH "${_folder}" base.css layout.css journal.css)
procedura_page_part(
  _script PROCEDURA_PAGE_SCRIPT_HASH "${_folder}"
  text.js
  api.js
  journal_store.js
  journal_list.js
  journal_detail.js
  panels.js
  actions.js
  main.js)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${_folder}/page.html")
file(READ "${_folder}/page.html" PROCEDURA_PAGE)
string(REPLACE "<!-- style -->" "<style>${_style}</style>" PROCEDURA_PAGE "${PROCEDURA_PAGE}")
string(REPLACE "<!-- script -->" "<script type=\"module\">${_script}</script>" PROCEDURA_PAGE "${PROCEDURA_PAGE}")
configure_file("${_folder}/../page.cpp.in" "${CMAKE_CURRENT_BINARY_DIR}/admin_page.cpp" @ONLY)
