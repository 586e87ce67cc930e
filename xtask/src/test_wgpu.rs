//! `cargo xtask test-wgpu`: that a GPU learns what the processor learns, on a GPU in software.
//!
//! It builds Burn with wgpu, which takes some twenty minutes of processor time: that is why `cargo xtask test` does without, and
//! `.ci/run` does it last.

use std::path::Path;

use anyhow::{Context, Result};

use crate::run::{cargo, command, run, target};

/// Where Debian's package describes the GPU in software.
const SOFTWARE: &str = "/usr/share/vulkan/icd.d";

/// Installs a GPU in software where there is no driver at all, and runs the test.
pub(crate) fn test() -> Result<()> {
    let drivers = Path::new(SOFTWARE).read_dir().is_ok_and(|mut files| files.next().is_some());
    if !drivers {
        let install = ["install", "--yes", "--no-install-recommends", "mesa-vulkan-drivers", "libvulkan1"];
        run(&mut command("apt-get", &["update", "--quiet"]))
            .and_then(|()| run(&mut command("apt-get", &install)))
            .context(
                "a Vulkan driver is needed: on Debian, `apt-get install mesa-vulkan-drivers libvulkan1`, as root",
            )?;
    }
    let runtime = target().join("vulkan");
    std::fs::create_dir_all(&runtime)?;
    // As a part of the whole workspace, so that what does not depend on wgpu is not compiled anew with other features.
    let test = ["test", "--workspace", "--features", "meed-train/wgpu", "--test", "wgpu", "--", "--nocapture"];
    run(cargo(&test).env("XDG_RUNTIME_DIR", runtime))
}
