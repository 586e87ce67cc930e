//! Plugins that are loaded and asked, in hosts with small limits.

use std::sync::LazyLock;
use std::time::Duration;

use meed_core::{Batch, Description, Kind, RewardFactory, Scores, Transitions};
use meed_runtime::{CacheLocation, Host, HostConfig, Limits, Plugin, Profile};

use crate::guest;

/// A host whose plugins may use so little that a hostile one costs milliseconds.
pub fn host(profile: Profile) -> Host {
    let limits = Limits {
        memory: 16 << 20,
        fuel: 200_000,
        result: 1 << 20,
        component: 1 << 20,
        time: Duration::from_millis(500),
        row_columns: 1_024,
        ..Limits::of(profile)
    };
    Host::new(HostConfig { limits, cache: CacheLocation::Nowhere, ..HostConfig::new(profile) }).unwrap()
}

/// Loads bytes as a plugin and asks it; anything but a crash or a hang is right.
pub fn load_and_ask(host: &Host, bytes: &[u8]) {
    if let Ok(plugin) = host.load(bytes) {
        look(plugin.description());
        ask(&plugin);
    }
}

fn look(description: &Description) {
    let _ = description.problems();
    let _ = (description.observation_size(), description.action_size(), description.task_size());
}

fn ask(plugin: &Plugin) {
    const ROWS: usize = 3;
    let description = plugin.description();
    if !matches!(plugin.kind(), Kind::Transition | Kind::Stateful) {
        return;
    }
    let column = |width: usize| vec![0.5; ROWS * width];
    let observation = column(description.observation_size());
    let (action, task) = (column(description.action_size()), column(description.task_size()));
    let batch = Transitions {
        rows: ROWS,
        observation: &observation,
        action: &action,
        next_observation: &observation,
        task: &task,
        terminated: &[false; ROWS],
        truncated: &[false; ROWS],
        reward: &[0.0; ROWS],
        agent: &[0; ROWS],
        episode: &[0; ROWS],
        step: &[0, 1, 2],
        group_offsets: &[0, 1, 2, 3],
    };
    if let Ok(mut source) = plugin.source(0) {
        let mut scores = Scores::default();
        if source.evaluate(Batch::Transitions(&batch), &mut scores).is_ok() {
            assert_eq!(scores.values.len(), ROWS * description.factors.len());
            assert!(scores.values.iter().all(|value| value.is_finite()));
        }
        if let Ok(snapshot) = source.snapshot() {
            let _ = source.restore(&snapshot);
        }
    }
}

/// Bytes of the description's image.
const IMAGE: usize = 512;

/// Gives the guests' own description, laid out by the canonical ABI for the address 1,024.
fn image() -> [u8; IMAGE] {
    let words = |numbers: &[u32]| numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>();
    let mut image = [0; IMAGE];
    let mut put = |at: usize, bytes: &[u8]| image[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &words(&[1168, 6, 1174, 5, 1179, 6, 1104, 1, 0, 0, 0, 0, 0, 0, 0, 1136, 1]));
    put(80, &words(&[1185, 1, 1, 1186, 1, (-1_f32).to_bits(), 1_f32.to_bits(), 1]));
    put(112, &words(&[1187, 1, (-10_f32).to_bits(), 10_f32.to_bits(), 1_f32.to_bits(), 1188, 7]));
    put(144, b"attack0.1.0attackxmfmeaning");
    image
}

/// Makes a component whose description is the sound one, with `changes` exclusive-ored over it.
pub fn described(changes: &[u8]) -> Vec<u8> {
    static BASE: LazyLock<(Vec<u8>, usize)> = LazyLock::new(|| {
        let mark = "\\a5".repeat(IMAGE);
        let bytes = guest::sound(&format!("(data (i32.const 1024) \"{mark}\")"));
        let at = bytes.windows(IMAGE).position(|part| part == [0xa5; IMAGE]).unwrap();
        (bytes, at)
    });
    let (mut bytes, at) = BASE.clone();
    let mut image = image();
    image.iter_mut().zip(changes).for_each(|(byte, change)| *byte ^= change);
    bytes[at..at + IMAGE].copy_from_slice(&image);
    bytes
}
