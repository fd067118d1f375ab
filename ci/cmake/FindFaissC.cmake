# Finds FAISS with its C API, in this order:
#   1. an installed libfaiss_c, shared or static (conda, source builds, Homebrew), below
#        FAISS_ROOT          CMake variable or environment: an install prefix, or FAISS's source tree built in
#                            build/. If set, nothing else is looked at.
#        CMAKE_PREFIX_PATH, $CONDA_PREFIX and the system's folders
#   2. the one that ci/setup built, below
#        RQGATE_DEPS         environment, remembered by the build folder; else $XDG_CACHE_HOME/rqgate or
#                            $HOME/.cache/rqgate
#        RQGATE_CPU          likewise: generic or x86-64-v3, whatever this machine's CPU is
# Defines
#   faiss::c             links all that FAISS needs; C writes #include <faiss/c_api/Index_c.h>,
#                        C++ #include <faiss/IndexHNSW.h>. A static FAISS makes the C++ compiler link.
#   FaissC_VERSION       from faiss/Index.h
#   FaissC_IS_SHARED     true or false
#   FaissC_CPU_LEVEL     the x86-64 level that it is built for (1, 3 or 4), as it says itself; 0: not x86-64, or unknown
#   FaissC_LIBRARY, FaissC_CXX_LIBRARY, FaissC_INCLUDE_DIR
# Needs the languages C and CXX, and include(RqPackages) first: a static FAISS links rq::openblas.

# A setting that ci/setup reads from the environment too; the build folder remembers it.
function(_faissc_setting name default text)
  if(DEFINED ENV{${name}})
    set(${name} "$ENV{${name}}" CACHE STRING "${text}" FORCE)
  elseif(NOT DEFINED CACHE{${name}})
    set(${name} "${default}" CACHE STRING "${text}")
  endif()
endfunction()

# The folder in the cache of ci/setup; FAISS is built for the CPU's level there (cpu_level in ci/setup).
function(_faissc_built_by_setup result)
  set(cache "$ENV{XDG_CACHE_HOME}")
  if(cache STREQUAL "")
    set(cache "$ENV{HOME}/.cache")
  endif()
  _faissc_setting(RQGATE_DEPS "${cache}/rqgate" "Where ci/setup put FAISS")
  _faissc_setting(RQGATE_CPU "" "The CPU that FAISS is built for; empty: this machine's")
  set(levels generic)
  if(RQGATE_CPU)
    set(levels "${RQGATE_CPU}")
  elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$" AND EXISTS /proc/cpuinfo)
    file(STRINGS /proc/cpuinfo flags REGEX "^flags" LIMIT_COUNT 1)
    set(level x86-64-v3)
    foreach(flag IN ITEMS avx2 fma bmi1 bmi2 f16c movbe abm)
      if(NOT flags MATCHES " ${flag}( |$)")
        set(level generic)
      endif()
    endforeach()
    list(PREPEND levels ${level})
  endif()
  foreach(level IN LISTS levels)
    file(GLOB built LIST_DIRECTORIES true "${RQGATE_DEPS}/faiss-*-${level}")
    if(built)
      list(SORT built COMPARE NATURAL ORDER DESCENDING)
      list(GET built 0 built)
      break()
    endif()
  endforeach()
  set(${result} "${built}" PARENT_SCOPE)
endfunction()

# Asks FAISS for what it was compiled. A program that does not run here would not do so later either.
function(_faissc_cpu_level result)
  set(${result} 0 PARENT_SCOPE)
  if(NOT CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$" OR (CMAKE_CROSSCOMPILING AND NOT CMAKE_CROSSCOMPILING_EMULATOR))
    return()
  endif()
  file(SHA256 "${FaissC_CXX_LIBRARY}" library)
  if(NOT library STREQUAL FaissC_ASKED)
    set(probe "${CMAKE_BINARY_DIR}/CMakeFiles/faissc")
    file(WRITE "${probe}.cpp" "#include <cstdint>\n#include <cstdio>\n#include <faiss/utils/utils.h>\n"
      "int main() { std::puts(faiss::get_compile_options().c_str()); }\n")
    try_run(ran linked "${probe}" "${probe}.cpp" LINK_LIBRARIES faiss::c
      COMPILE_OUTPUT_VARIABLE output RUN_OUTPUT_VARIABLE options)
    if(NOT linked OR NOT ran EQUAL 0)
      message(FATAL_ERROR "A program with ${FaissC_CXX_LIBRARY} cannot be linked, or does not run on this CPU (${ran}); "
        "ci/setup builds a FAISS for it:\n${output}")
    endif()
    set(FaissC_ASKED "${library}" CACHE INTERNAL "Digest of the FAISS that was asked what it was compiled for")
    string(STRIP "${options}" options)
    set(FaissC_OPTIONS "${options}" CACHE INTERNAL "What it said")
  endif()
  set(level 1)
  if(FaissC_OPTIONS MATCHES "AVX512")
    set(level 4)
  elseif(FaissC_OPTIONS MATCHES "AVX2")
    set(level 3)
  endif()
  set(${result} ${level} PARENT_SCOPE)
endfunction()

# Nothing is kept in CMake's cache: a FAISS_ROOT given later, or a FAISS built later, must count.
foreach(part IN ITEMS LIBRARY CXX_LIBRARY C_HEADERS INCLUDE_DIR)
  unset(FaissC_${part})
endforeach()
if(NOT FAISS_ROOT)
  set(FAISS_ROOT "$ENV{FAISS_ROOT}")
endif()
if(FAISS_ROOT)
  set(_faissc_where PATHS "${FAISS_ROOT}" NO_DEFAULT_PATH)
  set(_faissc_reason "FAISS_ROOT is ${FAISS_ROOT}, which holds no libfaiss_c with its libfaiss and headers.")
else()
  set(_faissc_where HINTS "$ENV{CONDA_PREFIX}")
  set(_faissc_reason "FAISS with its C API (libfaiss_c) is missing.")
endif()
set(_faissc_tree lib lib64 "lib/${CMAKE_LIBRARY_ARCHITECTURE}" build/c_api)
find_library(FaissC_LIBRARY NAMES faiss_c NO_CACHE ${_faissc_where} PATH_SUFFIXES ${_faissc_tree})
if(NOT FaissC_LIBRARY AND NOT FAISS_ROOT)
  _faissc_built_by_setup(_faissc_built)
  if(_faissc_built)
    find_library(FaissC_LIBRARY NAMES faiss_c NO_CACHE PATHS "${_faissc_built}/lib" NO_DEFAULT_PATH)
  endif()
  string(APPEND _faissc_reason " It is neither installed nor built by ci/setup in ${RQGATE_DEPS}.")
endif()

if(FaissC_LIBRARY)
  # Only its neighbours: a machine may hold a second FAISS, built in another way.
  get_filename_component(_faissc_lib "${FaissC_LIBRARY}" DIRECTORY)
  set(_faissc_near "${_faissc_lib}/.." "${_faissc_lib}/../.." "${_faissc_lib}/../../..")
  find_library(FaissC_CXX_LIBRARY NAMES faiss NO_CACHE PATHS "${_faissc_lib}" "${_faissc_lib}/../faiss" NO_DEFAULT_PATH)
  find_path(FaissC_INCLUDE_DIR NAMES faiss/IndexHNSW.h NO_CACHE PATHS ${_faissc_near}
    PATH_SUFFIXES include NO_DEFAULT_PATH)
  find_path(FaissC_C_HEADERS NAMES Index_c.h NO_CACHE PATHS ${_faissc_near}
    PATH_SUFFIXES include/faiss/c_api include/c_api c_api NO_DEFAULT_PATH)
endif()
if(FaissC_INCLUDE_DIR)
  string(REGEX REPLACE "/$" "" FaissC_INCLUDE_DIR "${FaissC_INCLUDE_DIR}")
  file(STRINGS "${FaissC_INCLUDE_DIR}/faiss/Index.h" _faissc_version
    REGEX "^#define FAISS_VERSION_(MAJOR|MINOR|PATCH) +[0-9]+")
  string(REGEX MATCHALL "[0-9]+" _faissc_version "${_faissc_version}")
  list(JOIN _faissc_version "." FaissC_VERSION)
endif()
set(FaissC_IS_SHARED TRUE)
if(FaissC_LIBRARY MATCHES "\\.a$")
  set(FaissC_IS_SHARED FALSE)
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(FaissC
  REQUIRED_VARS FaissC_LIBRARY FaissC_CXX_LIBRARY FaissC_INCLUDE_DIR FaissC_C_HEADERS
  VERSION_VAR FaissC_VERSION
  REASON_FAILURE_MESSAGE "\n${_faissc_reason}\n\
  Debian, Ubuntu: ci/setup    (builds it once, about a minute on two cores, for the same RQGATE_CPU as here)\n\
  macOS, Linux:   brew install faiss\n\
  conda:          conda install -c pytorch libfaiss    (1.11 or newer), and activate its environment\n\
  Fedora, RHEL:   has no FAISS: dnf install gcc-c++ cmake openblas-devel, then build FAISS from source with\n\
                  cmake -DFAISS_ENABLE_C_API=ON -DFAISS_ENABLE_GPU=OFF -DFAISS_ENABLE_PYTHON=OFF\n\
In another place: cmake -DFAISS_ROOT=PREFIX\n")

if(FaissC_FOUND AND NOT TARGET faiss::c)
  set(_faissc_link_dir)
  if(NOT EXISTS "${FaissC_INCLUDE_DIR}/faiss/c_api/Index_c.h")
    file(MAKE_DIRECTORY "${CMAKE_BINARY_DIR}/CMakeFiles/faissc/faiss")
    file(CREATE_LINK "${FaissC_C_HEADERS}" "${CMAKE_BINARY_DIR}/CMakeFiles/faissc/faiss/c_api" SYMBOLIC)
    set(_faissc_link_dir "${CMAKE_BINARY_DIR}/CMakeFiles/faissc")
  endif()
  add_library(faiss::cxx UNKNOWN IMPORTED)
  set_target_properties(faiss::cxx PROPERTIES IMPORTED_LOCATION "${FaissC_CXX_LIBRARY}")
  add_library(faiss::c UNKNOWN IMPORTED)
  set_target_properties(faiss::c PROPERTIES
    IMPORTED_LOCATION "${FaissC_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${FaissC_INCLUDE_DIR};${_faissc_link_dir}"
    INTERFACE_LINK_LIBRARIES faiss::cxx)
  if(NOT FaissC_IS_SHARED)
    find_package(OpenMP REQUIRED COMPONENTS CXX)
    set_target_properties(faiss::c faiss::cxx PROPERTIES IMPORTED_LINK_INTERFACE_LANGUAGES CXX)
    target_link_libraries(faiss::cxx INTERFACE OpenMP::OpenMP_CXX rq::openblas)
  endif()
endif()
if(FaissC_FOUND)
  _faissc_cpu_level(FaissC_CPU_LEVEL)
endif()
