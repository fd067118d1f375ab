# Finds every library but FAISS (FindFaissC.cmake) and gives each an imported target:
#   rq::openblas rq::csv rq::cjson rq::utf8proc rq::stemmer rq::xxhash rq::crypto rq::sodium rq::curl rq::pq (and rq::curl_header rq::pq_header, for programs that
#   open them when they need them)
#   rq::sqlite rq::z rq::zstd
#   rq::check (unless BUILD_TESTING is off)
# All that is missing is named in one message, with the packages of apt, dnf and brew.
# A library in an unusual place: -DCMAKE_PREFIX_PATH=PREFIX. Another library: one more rq_require().
include_guard(GLOBAL)
find_package(PkgConfig QUIET)

# Homebrew keeps these out of its own prefix.
find_program(RQ_BREW brew)
mark_as_advanced(RQ_BREW)
if(RQ_BREW)
  execute_process(COMMAND "${RQ_BREW}" --prefix OUTPUT_VARIABLE brew_prefix OUTPUT_STRIP_TRAILING_WHITESPACE)
  foreach(keg IN ITEMS openblas libomp openssl@3 sqlite zlib)
    list(APPEND CMAKE_PREFIX_PATH "${brew_prefix}/opt/${keg}")
  endforeach()
endif()

# rq_require(<name> HEADER file LIBRARY names... APT pkg DNF pkg BREW pkg [PKG module] [SUFFIXES folders...])
# Makes the imported target rq::<name>, by pkg-config's module or by header and library; SUFFIXES are folders
# to look in below the usual ones. A missing one is noted for rq_report_missing().
function(rq_require name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "HEADER;PKG;APT;DNF;BREW" "LIBRARY;SUFFIXES")
  if(TARGET rq::${name})
    return()
  endif()
  if(arg_PKG AND PkgConfig_FOUND)
    pkg_check_modules(RQ_${name} QUIET IMPORTED_TARGET "${arg_PKG}")
    if(RQ_${name}_FOUND)
      add_library(rq::${name} INTERFACE IMPORTED GLOBAL)
      target_link_libraries(rq::${name} INTERFACE PkgConfig::RQ_${name})
      return()
    endif()
  endif()
  find_path(RQ_${name}_INCLUDE NAMES "${arg_HEADER}" PATH_SUFFIXES ${arg_SUFFIXES})
  find_library(RQ_${name}_LIBRARY NAMES ${arg_LIBRARY} PATH_SUFFIXES ${arg_SUFFIXES})
  mark_as_advanced(RQ_${name}_INCLUDE RQ_${name}_LIBRARY)
  if(RQ_${name}_INCLUDE AND RQ_${name}_LIBRARY)
    add_library(rq::${name} UNKNOWN IMPORTED GLOBAL)
    set_target_properties(rq::${name} PROPERTIES
      IMPORTED_LOCATION "${RQ_${name}_LIBRARY}"
      INTERFACE_INCLUDE_DIRECTORIES "${RQ_${name}_INCLUDE}")
    return()
  endif()
  _rq_missing("${name} (${arg_HEADER})" ${arg_APT} ${arg_DNF} ${arg_BREW})
endfunction()

function(_rq_missing what apt dnf brew)
  set_property(GLOBAL APPEND PROPERTY RQ_MISSING "${what}")
  set_property(GLOBAL APPEND PROPERTY RQ_MISSING_APT "${apt}")
  set_property(GLOBAL APPEND PROPERTY RQ_MISSING_DNF "${dnf}")
  set_property(GLOBAL APPEND PROPERTY RQ_MISSING_BREW "${brew}")
endfunction()

# Stops if any rq_require() so far found nothing.
function(rq_report_missing)
  get_property(missing GLOBAL PROPERTY RQ_MISSING)
  if(NOT missing)
    return()
  endif()
  foreach(field IN ITEMS MISSING MISSING_APT MISSING_DNF MISSING_BREW)
    get_property(${field} GLOBAL PROPERTY RQ_${field})
  endforeach()
  list(JOIN MISSING ", " MISSING)
  list(JOIN MISSING_APT " " MISSING_APT)
  list(JOIN MISSING_DNF " " MISSING_DNF)
  list(JOIN MISSING_BREW " " MISSING_BREW)
  message(FATAL_ERROR "Libraries are missing: ${MISSING}\n"
    "  Debian, Ubuntu: ci/setup    or, as root: apt-get install ${MISSING_APT}\n"
    "  Fedora, RHEL:   dnf install ${MISSING_DNF}\n"
    "  macOS, Linux:   brew install ${MISSING_BREW}\n"
    "In another place: cmake -DCMAKE_PREFIX_PATH=PREFIX")
endfunction()

find_package(OpenMP QUIET COMPONENTS C)
if(NOT OpenMP_C_FOUND)
  _rq_missing("OpenMP" gcc gcc libomp)
endif()

# The OpenMP flavour, looked for by folder (Debian) or name (Fedora): with the pthread one, threads of FAISS's
# OpenMP and of OpenBLAS spin against each other, up to 1.9 times slower. On Debian both have one soname and the
# machine's alternatives decide which a program loads, hence the static library: it still picks its kernel by CPU.
# Elsewhere the static one may be another flavour (Fedora) or need a Fortran compiler (Homebrew).
set(_rq_openblas openblaso openblas)
if(CMAKE_LIBRARY_ARCHITECTURE)
  list(PREPEND _rq_openblas libopenblas.a)
endif()
rq_require(openblas HEADER cblas.h LIBRARY ${_rq_openblas} SUFFIXES openblas-openmp openblas
  APT libopenblas-openmp-dev DNF openblas-devel BREW openblas)
if(TARGET rq::openblas)
  if(RQ_openblas_LIBRARY MATCHES "\\.a$")
    # LAPACK within it is Fortran. The runtime alone is enough, whose development link needs a Fortran compiler.
    find_library(RQ_gfortran_LIBRARY NAMES libgfortran.so.5 gfortran)
    mark_as_advanced(RQ_gfortran_LIBRARY)
    target_link_libraries(rq::openblas INTERFACE ${OpenMP_C_LIBRARIES} m)
    if(RQ_gfortran_LIBRARY)
      target_link_libraries(rq::openblas INTERFACE "${RQ_gfortran_LIBRARY}")
    endif()
  elseif(RQ_openblas_LIBRARY MATCHES "^(.*/openblas-openmp)/")
    # Installing strips the rpath that CMake adds by itself.
    target_link_options(rq::openblas INTERFACE "LINKER:-rpath,${CMAKE_MATCH_1}")
  endif()
endif()

rq_require(csv HEADER csv.h LIBRARY csv # its licence (LGPL) asks for the shared library, which CMake prefers
  APT libcsv-dev DNF libcsv-devel BREW libcsv)
rq_require(cjson HEADER cjson/cJSON.h LIBRARY cjson PKG libcjson
  APT libcjson-dev DNF cjson-devel BREW cjson)
rq_require(utf8proc HEADER utf8proc.h LIBRARY utf8proc PKG libutf8proc
  APT libutf8proc-dev DNF utf8proc-devel BREW utf8proc)
rq_require(stemmer HEADER libstemmer.h LIBRARY stemmer
  APT libstemmer-dev DNF libstemmer-devel BREW snowball)
rq_require(xxhash HEADER xxhash.h LIBRARY xxhash PKG libxxhash
  APT libxxhash-dev DNF xxhash-devel BREW xxhash)
rq_require(crypto HEADER openssl/provider.h LIBRARY crypto PKG libcrypto>=3 # provider.h came with OpenSSL 3
  APT libssl-dev DNF openssl-devel BREW openssl@3)
rq_require(sodium HEADER sodium.h LIBRARY sodium PKG libsodium
  APT libsodium-dev DNF libsodium-devel BREW libsodium)
rq_require(curl HEADER curl/curl.h LIBRARY curl PKG libcurl
  APT libcurl4-openssl-dev DNF libcurl-devel BREW curl)
rq_require(pq HEADER libpq-fe.h LIBRARY pq PKG libpq SUFFIXES postgresql
  APT libpq-dev DNF libpq-devel BREW libpq)
foreach(opened IN ITEMS curl pq)
  if(TARGET rq::${opened} AND NOT TARGET rq::${opened}_header)
    add_library(rq::${opened}_header INTERFACE IMPORTED GLOBAL)
    target_include_directories(rq::${opened}_header INTERFACE $<TARGET_PROPERTY:rq::${opened},INTERFACE_INCLUDE_DIRECTORIES>)
  endif()
endforeach()
rq_require(sqlite HEADER sqlite3.h LIBRARY sqlite3 PKG sqlite3>=3.37 # STRICT tables
  APT libsqlite3-dev DNF sqlite-devel BREW sqlite)
rq_require(z HEADER zlib.h LIBRARY z PKG zlib
  APT zlib1g-dev DNF zlib-devel BREW zlib)
rq_require(zstd HEADER zstd.h LIBRARY zstd PKG libzstd
  APT libzstd-dev DNF libzstd-devel BREW zstd)
if(NOT DEFINED BUILD_TESTING OR BUILD_TESTING)
  rq_require(check HEADER check.h LIBRARY check PKG check
    APT check DNF check-devel BREW check)
endif()
rq_report_missing()

# OpenBLAS tells its flavour only when run; asked once per build folder.
if(NOT DEFINED RQ_openblas_FLAVOUR AND NOT CMAKE_CROSSCOMPILING)
  set(_rq_probe "${CMAKE_BINARY_DIR}/CMakeFiles/rq_openblas")
  file(WRITE "${_rq_probe}.c" "int openblas_get_parallel(void);\nint main(void) { return openblas_get_parallel(); }\n")
  try_run(_rq_parallel _rq_linked "${_rq_probe}" "${_rq_probe}.c" LINK_LIBRARIES rq::openblas
    COMPILE_OUTPUT_VARIABLE _rq_output)
  if(NOT _rq_linked OR NOT _rq_parallel MATCHES "^[012]$")
    message(FATAL_ERROR "A program with ${RQ_openblas_LIBRARY} cannot be linked or run:\n${_rq_output}")
  endif()
  set(_rq_flavours sequential pthread OpenMP)
  list(GET _rq_flavours "${_rq_parallel}" _rq_flavour)
  message(STATUS "Found OpenBLAS: ${RQ_openblas_LIBRARY} (${_rq_flavour})")
  if(NOT _rq_flavour STREQUAL "OpenMP")
    message(WARNING "${RQ_openblas_LIBRARY} is the ${_rq_flavour} flavour of OpenBLAS: it works, but beside FAISS's "
      "OpenMP searches take up to 1.9 times longer. The OpenMP flavour: ci/setup (Debian, Ubuntu), "
      "dnf install openblas-devel, brew install openblas; then configure a new build folder.")
  endif()
  set(RQ_openblas_FLAVOUR "${_rq_flavour}" CACHE INTERNAL "Threads of the OpenBLAS found")
endif()
