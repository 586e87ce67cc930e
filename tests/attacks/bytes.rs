//! Files that are no component, or a broken one.

use super::guest::{module, sound};
use super::target::attempt;
use super::{Attack, Target, guest, scene};

pub(super) fn attacks() -> Vec<Attack> {
    vec![
        guest("nothing-at-all", "load: not-a-component", Vec::new),
        guest("header-alone", "load: no-plugin", || b"\0asm\x0d\0\x01\0".to_vec()),
        guest("unknown-version", "load: not-a-component", || b"\0asm\x63\0\x01\0".to_vec()),
        guest("random-bytes", "load: not-a-component", || random(4_096)),
        guest("random-behind-a-header", "load: not-a-component", || {
            [b"\0asm\x0d\0\x01\0".as_slice(), &random(4_096)].concat()
        }),
        guest("another-format", "load: not-a-component", || [b"\x7fELF\x02\x01\x01".as_slice(), &[0; 4_089]].concat()),
        guest("source-text", "load: not-a-component", || b"(component)".to_vec()),
        guest("core-module", "load: core-module", || wat::parse_str(module(&[])).unwrap()),
        guest("section-longer-than-the-file", "load: not-a-component", || {
            b"\0asm\x0d\0\x01\0\x00\xff\xff\xff\xff\x0f".to_vec()
        }),
        guest("bytes-behind-the-end", "load: not-a-component", || [sound(""), random(64)].concat()),
        guest("two-in-one-file", "load: not-a-component", || [sound(""), sound("")].concat()),
        guest("larger-than-allowed", "load: component-size", || vec![0; (8 << 20) + 1]),
        guest("custom-section-of-megabytes", "scores", || {
            // Name "x" and five million zeros: within what a component may have, and of no use.
            let content = [b"\x01x".as_slice(), &vec![0; 5_000_000]].concat();
            [sound(""), vec![0], leb(content.len()), content].concat()
        }),
        scene("truncated-anywhere", "refused, or sound without the last sections", truncated),
        scene("one-bit-flipped-anywhere", "refused, or runs within its limits", flipped),
    ]
}

/// Gives the same bytes each time, without a pattern (xorshift).
fn random(len: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    })
    .take(len)
    .collect()
}

/// Writes a number as WebAssembly does.
pub(super) fn leb(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

/// Behind the last section that matters, a file that ends with a section is whole.
fn truncated(target: &Target) -> String {
    let whole = sound("");
    for len in 0..whole.len() {
        let end = attempt(&target.hosts[1], &whole[..len]);
        if !end.starts_with("load: ") && end != "scores" {
            return format!("with {len} bytes of {}: {end}", whole.len());
        }
    }
    "refused, or sound without the last sections".into()
}

/// What a flipped bit makes of the code is up to chance; that this ends, and ends here, is not.
fn flipped(target: &Target) -> String {
    let whole = sound("");
    for position in (0..whole.len() * 8).step_by(61) {
        let mut altered = whole.clone();
        altered[position / 8] ^= 1 << (position % 8);
        let end = attempt(&target.hosts[0], &altered);
        if end.is_empty() {
            return format!("bit {position}: no outcome");
        }
    }
    "refused, or runs within its limits".into()
}
