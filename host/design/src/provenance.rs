//! Where a designed reward comes from, written into its component.
//!
//! The component of a design's winner ends with a custom section named `meed:provenance`: JSON, with keys in the order of their
//! declaration here, without a date or a path, so that the same design gives the same bytes. Custom sections change nothing about what a
//! component does, and every runtime but this project's passes over it. Nothing is signed: it is what the file says of itself.
//!
//! All hashes are SHA-256 in hexadecimal. `docs/design.md` says over which bytes.

use serde::{Deserialize, Serialize};
use wasm_encoder::{ComponentSection, CustomSection, Encode};
use wasmparser::{Parser, Payload};

/// The section's name.
pub(crate) const SECTION: &str = "meed:provenance";

/// Most bytes of the section that are read: a real one has less than two thousand.
const LONGEST: usize = 64 * 1024;

/// Where a designed reward comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// 1. Fields may be added under one number; none changes or goes.
    pub schema_version: u32,
    /// Who wrote it: the model's name, as the design was given it.
    pub model: String,
    /// The strategy of the design.
    pub strategy: String,
    /// Hash of the task.
    pub task: String,
    /// Hash of the prompt that the reward is an answer to.
    pub prompt: String,
    /// Hash of the source that it was compiled from.
    pub source: String,
    /// The attempts that the prompt showed, in its order.
    pub parents: Vec<Parent>,
}

/// An attempt that a reward was made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parent {
    /// Hash of its prompt.
    pub prompt: String,
    /// Hash of its source; `None` where its answer held none.
    pub source: Option<String>,
}

impl Provenance {
    /// Reads what a component says of where it comes from; `None` where it says nothing that can be read, or says it twice.
    pub fn read(component: &[u8]) -> Option<Provenance> {
        let mut found = None;
        let mut depth = 0_usize;
        for payload in Parser::new(0).parse_all(component) {
            match payload.ok()? {
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
                Payload::End(_) => depth = depth.saturating_sub(1),
                // What stands within a part of the component is the part's own.
                Payload::CustomSection(section) if depth == 0 && section.name() == SECTION => {
                    if found.is_some() || section.data().len() > LONGEST {
                        return None;
                    }
                    found = Some(serde_json::from_slice(section.data()).ok()?);
                }
                _ => {}
            }
        }
        found
    }

    /// Writes it behind a component that has none.
    pub(crate) fn write(&self, component: &[u8]) -> Result<Vec<u8>, serde_json::Error> {
        let data = serde_json::to_vec(self)?;
        let section = CustomSection { name: SECTION.into(), data: data.into() };
        let mut bytes = component.to_vec();
        bytes.push(ComponentSection::id(&section));
        section.encode(&mut bytes);
        Ok(bytes)
    }

    /// Lists it as lines of a name and a value, for people. What the file says is not made harmless here.
    pub fn lines(&self) -> Vec<(&'static str, String)> {
        let mut lines = vec![
            ("model", self.model.clone()),
            ("strategy", self.strategy.clone()),
            ("task", self.task.clone()),
            ("prompt", self.prompt.clone()),
            ("source", self.source.clone()),
        ];
        for parent in &self.parents {
            let source = parent.source.as_deref().unwrap_or("none");
            lines.push(("parent", format!("prompt {}, source {source}", parent.prompt)));
        }
        lines
    }
}

/// A component that holds nothing.
#[cfg(test)]
fn empty() -> Vec<u8> {
    wasm_encoder::Component::new().finish()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn provenance() -> Provenance {
        let parents = vec![Parent { prompt: "aa".into(), source: None }];
        let text = |text: &str| text.to_owned();
        Provenance {
            schema_version: 1,
            model: text("m"),
            strategy: text("lare"),
            task: text("bb"),
            prompt: text("cc"),
            source: text("dd"),
            parents,
        }
    }

    #[test]
    fn what_is_written_is_read_and_the_component_stays_valid() {
        let component = wat::parse_str("(component (core module (func)))").unwrap();
        let bytes = provenance().write(&component).unwrap();
        assert_eq!(bytes, provenance().write(&component).unwrap());
        assert!(bytes.starts_with(&component));
        wasmparser::Validator::new().validate_all(&bytes).unwrap();
        assert_eq!(Provenance::read(&bytes), Some(provenance()));
        assert_eq!(Provenance::read(&component), None);
    }

    #[test]
    fn two_of_them_or_a_broken_one_or_one_inside_a_module_say_nothing() {
        let twice = provenance().write(&provenance().write(&empty()).unwrap()).unwrap();
        assert_eq!(Provenance::read(&twice), None);
        let inside = wat::parse_str(format!("(component (core module (@custom {SECTION:?} \"{{}}\")))")).unwrap();
        assert_eq!(Provenance::read(&inside), None);
        let broken = wat::parse_str(format!("(component (@custom {SECTION:?} \"{{}}\"))")).unwrap();
        assert_eq!(Provenance::read(&broken), None);
        assert_eq!(Provenance::read(b"\0asm"), None);
    }
}
