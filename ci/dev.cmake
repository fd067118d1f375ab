# For those who change rqgate: cmake -C ci/dev.cmake -B build
set(RQGATE_WERROR ON CACHE BOOL "")
set(CMAKE_EXPORT_COMPILE_COMMANDS ON CACHE BOOL "")
