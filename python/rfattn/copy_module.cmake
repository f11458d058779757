# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Makes TO the mirror of the Python files, models, tables and web page in FROM, touching only what differs.
# Run as: cmake -DFROM=... -DTO=... -P copy_module.cmake

set(patterns "*.py" "*.pt" "*.npz" "*.safetensors" "*.json" "*.toml" "*.conf" "*.html" "*.css" "*.js" "*.svg")
set(made_by_cmake _version.py)

function(list_package folder result)
    list(TRANSFORM patterns PREPEND "${folder}/" OUTPUT_VARIABLE globs)
    file(GLOB_RECURSE files RELATIVE ${folder} ${globs})
    set(${result}
        ${files}
        PARENT_SCOPE)
endfunction()

list_package(${FROM} wanted)
foreach(file IN LISTS wanted)
    configure_file(${FROM}/${file} ${TO}/${file} COPYONLY)
endforeach()

list_package(${TO} present)
list(REMOVE_ITEM present ${wanted} ${made_by_cmake})
foreach(file IN LISTS present)
    file(REMOVE ${TO}/${file})
endforeach()
