# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

# A Python package beside the one of the blocks, python/rfattn_NAME: mirrored into the build folder, and
# installed as the component NAME.
function(add_package_beside name)
    set(folder ${PROJECT_SOURCE_DIR}/python/rfattn_${name})
    add_custom_target(
        copy_${name}_for_tests ALL
        COMMAND
            ${CMAKE_COMMAND} -DFROM=${folder}
            -DTO=${PROJECT_BINARY_DIR}/test_modules/gnuradio/rfattn_${name} -P
            ${PROJECT_SOURCE_DIR}/python/rfattn/copy_module.cmake
        VERBATIM)
    install(SCRIPT ${PROJECT_BINARY_DIR}/install_paths.cmake COMPONENT ${name})
    install(
        DIRECTORY ${folder}
        DESTINATION ${RFATTN_PYTHON_DIR}/gnuradio
        COMPONENT ${name}
        FILES_MATCHING
        PATTERN "*.py"
        PATTERN "*.toml"
        PATTERN "*.html"
        PATTERN "*.css"
        PATTERN "*.js"
        PATTERN "*.svg"
        PATTERN "__pycache__" EXCLUDE)
endfunction()
