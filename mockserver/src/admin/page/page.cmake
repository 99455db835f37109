# Puts the page's parts into one file, and names its script and its style for the Content-Security-Policy by their hashes.
set(_folder "${CMAKE_CURRENT_LIST_DIR}")

# CSP wants base64; CMake has hexadecimal.
function(_base64_of_hex hex out)
  set(alphabet "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
  set(text "")
  string(LENGTH "${hex}" length)
  foreach(at RANGE 0 ${length} 6)
    if(at EQUAL length)
      break()
    endif()
    string(SUBSTRING "${hex}" ${at} 6 group)
    string(LENGTH "${group}" digits)
    string(SUBSTRING "${group}0000" 0 6 group)
    math(EXPR characters "(${digits} * 4 + 5) / 6")
    foreach(index RANGE 0 3)
      if(index LESS characters)
        math(EXPR six "(0x${group} >> (18 - 6 * ${index})) & 63")
        string(SUBSTRING "${alphabet}" ${six} 1 character)
        string(APPEND text "${character}")
      else()
        string(APPEND text "=")
      endif()
    endforeach()
  endforeach()
  set(${out} "${text}" PARENT_SCOPE)
endfunction()

# _part(<out> <hash> <file>...): the files one after the other, and the base64 of their SHA-256.
function(_part out hash)
  set(text "\n")
  foreach(name IN LISTS ARGN)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${_folder}/${name}")
    file(READ "${_folder}/${name}" one)
    string(APPEND text "${one}")
  endforeach()
  string(SHA256 hex "${text}")
  _base64_of_hex("${hex}" base64)
  set(${out} "${text}" PARENT_SCOPE)
  set(${hash} "${base64}" PARENT_SCOPE)
endfunction()

_part(_style PROCEDURA_PAGE_STYLE_HASH base.css layout.css journal.css)
_part(
  _script PROCEDURA_PAGE_SCRIPT_HASH
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
