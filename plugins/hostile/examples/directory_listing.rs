//! Lists a directory of the file system: the import is one of WASI's, and the host refuses it by name.
#![allow(unsafe_code, reason = "generated: the canonical ABI passes pointers")]

use hostile::answer;
use meed_guest::{Fault, Rows, Scores};

hostile::hostile!(evaluate);

/// As much of `wasi:filesystem` as it takes.
mod bindings {
    wit_bindgen::generate!({
        inline: "
            package meed:hostile;

            world lister {
                import wasi:filesystem/preopens@0.2.0;
            }

            package wasi:filesystem@0.2.0 {
                interface types {
                    resource descriptor;
                }

                interface preopens {
                    use types.{descriptor};
                    get-directories: func() -> list<tuple<descriptor, string>>;
                }
            }
        ",
        generate_all,
    });
}

fn evaluate(rows: &Rows<'_>) -> Result<Scores, Fault> {
    let directories = bindings::wasi::filesystem::preopens::get_directories();
    answer(vec![directories.len() as f32; rows.rows])
}
