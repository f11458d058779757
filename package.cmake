# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

# `cpack -G DEB` in the build folder makes three Debian packages: gr-rfattn, with library, Python module,
# command with its manual and systemd units, GNU Radio Companion's blocks, headers and examples;
# gr-rfattn-station, with page, logbook, MQTT, sound and own models; and gr-rfattn-workshop, which makes and
# judges models. It needs dpkg-dev.

install(FILES README.md DESTINATION share/doc/gr-rfattn)
install(
    FILES COPYRIGHT
    RENAME copyright
    DESTINATION share/doc/gr-rfattn)

# What runs the module is what bootstrap.sh installs for that.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/bootstrap.sh)
file(READ ${PROJECT_SOURCE_DIR}/bootstrap.sh bootstrap)
if(NOT bootstrap MATCHES "run_packages=\\(([^)]+)\\)")
    message(FATAL_ERROR "bootstrap.sh: no run_packages=(...)")
endif()
string(REGEX REPLACE "[ \n]+" ", " run_packages "${CMAKE_MATCH_1}")

# The binding is for one version of Python.
math(EXPR next_minor "${PYTHON_VERSION_MINOR} + 1")
set(python "python3 (>= ${PYTHON_VERSION_MAJOR}.${PYTHON_VERSION_MINOR}~)"
           "python3 (<< ${PYTHON_VERSION_MAJOR}.${next_minor})")

# GNU Radio wants some terminal, and without xterm apt takes GNOME's with half a desktop.
list(JOIN python ", " python)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "xterm | x-terminal-emulator, ${run_packages}, ${python}")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS python3-torch)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS
    "gr-osmosdr, soapysdr-module-all, python3-onnxruntime, python3-onnx, python3-distributed, python3-cryptography, python3-fsspec, python3-pandas")

# The prefix of the package, whatever the build folder's is; install_paths.cmake looks at it.
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME gr-rfattn)
set(CPACK_PACKAGE_VENDOR "gr-rfattn authors")
set(CPACK_PACKAGE_CONTACT "gr-rfattn authors")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "streaming transformers over RF spectra for GNU Radio")
set(CPACK_PACKAGE_DESCRIPTION
    "I/Q samples in, power spectra as tokens, an attention model that keeps its keys and values,
and labels, latency and memory out. Blocks for GNU Radio and its Companion, the command
gr-rfattn for recordings and receivers, and trained models.")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL Unspecified station workshop)
set(CPACK_DEBIAN_UNSPECIFIED_PACKAGE_NAME gr-rfattn)
foreach(name STATION WORKSHOP)
    string(TOLOWER gr-rfattn-${name} package)
    set(CPACK_DEBIAN_${name}_PACKAGE_NAME ${package})
    set(CPACK_DEBIAN_${name}_PACKAGE_ARCHITECTURE all)
    set(CPACK_DEBIAN_${name}_PACKAGE_SHLIBDEPS OFF)
    set(CPACK_DEBIAN_${name}_PACKAGE_DEPENDS "gr-rfattn (= ${PROJECT_VERSION})")
endforeach()
string(APPEND CPACK_DEBIAN_STATION_PACKAGE_DEPENDS ", python3-sqlalchemy")
set(CPACK_DEBIAN_STATION_PACKAGE_SUGGESTS "python3-paho-mqtt, python3-psycopg2")
set(CPACK_DEBIAN_WORKSHOP_PACKAGE_DEPENDS "gr-rfattn-station (= ${PROJECT_VERSION})")
set(CPACK_DEBIAN_WORKSHOP_PACKAGE_SUGGESTS " ")
set(CPACK_COMPONENT_STATION_DESCRIPTION
    "What makes a receiver with gr-rfattn a station: its web page, its logbook, MQTT and Home Assistant, sound,
other receivers that are tuned, models that are taught, and a server for assistants.")
set(CPACK_COMPONENT_WORKSHOP_DESCRIPTION
    "Makes and judges the models of gr-rfattn: made-up bands and recordings, cuts of emissions,
training, calibration, conversion and evaluation.")
set(CPACK_DEBIAN_PACKAGE_SECTION hamradio)

# The control files: Python is compiled and cleaned up, the library cache refreshed.
function(write_control package)
    file(WRITE ${control}/${package}/postinst
         "#!/bin/sh
set -e
if [ \"$1\" = configure ] && command -v py3compile >/dev/null; then
    py3compile -p ${package}
fi
")
    file(WRITE ${control}/${package}/prerm
         "#!/bin/sh
set -e
if command -v py3clean >/dev/null; then
    py3clean -p ${package}
fi
")
endfunction()

set(control ${PROJECT_BINARY_DIR}/package)
foreach(package gr-rfattn gr-rfattn-station gr-rfattn-workshop)
    write_control(${package})
endforeach()
file(WRITE ${control}/triggers "activate-noawait ldconfig\n")
set(CPACK_DEBIAN_UNSPECIFIED_PACKAGE_CONTROL_EXTRA
    ${control}/gr-rfattn/postinst ${control}/gr-rfattn/prerm ${control}/triggers)
foreach(name STATION WORKSHOP)
    set(package ${CPACK_DEBIAN_${name}_PACKAGE_NAME})
    set(CPACK_DEBIAN_${name}_PACKAGE_CONTROL_EXTRA ${control}/${package}/postinst ${control}/${package}/prerm)
endforeach()
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON) # and executable
include(CPack)
