#![allow(unsafe_code, reason = "MuJoCo's log handler is a global of the library; see `route`")]
//! What MuJoCo has to say goes to `tracing`, not to standard output and a file in the working directory, as it would by itself.

use std::sync::Once;

use mujoco_rs::prelude::{MjLogMessage, set_log_handler};

/// Routes MuJoCo's messages, once and for all. To be called before anything else of MuJoCo is used.
pub(super) fn route() {
    static ROUTED: Once = Once::new();
    // SAFETY: the handler may not be changed while another thread uses MuJoCo. This crate uses it through `Mujoco` alone, whose
    // constructor begins with this call; `Once` lets the others wait until it is done.
    ROUTED.call_once(|| unsafe { set_log_handler(tell) });
}

fn tell(message: &MjLogMessage) {
    let text = message.subject();
    // Gymnasium's models are older than the library: that they are is nothing to act on.
    if text.contains("deprecated") {
        tracing::debug!(target: "mujoco", "{text}");
    } else {
        tracing::warn!(target: "mujoco", "{text}");
    }
}
