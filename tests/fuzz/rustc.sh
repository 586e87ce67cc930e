#!/bin/sh
# Stands between Cargo and rustc while fuzz targets are built: libFuzzer is to look for ways through what takes a hostile file apart, not
# through wasmtime's compiler and what writes the guests, which would only run twenty times slower.
rustc=$1
shift
case " $* " in
*' --crate-name cranelift_'* | *' --crate-name regalloc2 '* | *' --crate-name wasmtime_internal_cranelift '* | \
    *' --crate-name wit_'* | *' --crate-name wast '* | *' --crate-name wasm_metadata '* | *' --crate-name wasm_encoder '*)
    for argument; do
        shift
        case $argument in
        -Cpasses=sancov-module | -Cllvm-args=-sanitizer-* | -Cdebug-assertions) ;;
        *) set -- "$@" "$argument" ;;
        esac
    done
    ;;
esac
exec "$rustc" "$@"
