//! Text that a plugin wrote, made harmless on a terminal.

/// Writes characters that steer a terminal, or turn the direction of writing, as escapes such as `\u{1b}`. Line ends are among them:
/// a text of one line can't pose as two.
pub(crate) fn line(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut line, c| {
        if steers(c) {
            line.extend(c.escape_default())
        } else {
            line.push(c)
        }
        line
    })
}

/// Likewise for a message, whose line ends stay: its further lines are set in, so that they don't look like the host's own.
pub(crate) fn message(text: &str) -> String {
    text.lines().map(line).collect::<Vec<_>>().join("\n    ")
}

fn steers(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_escaped_and_the_rest_stays() {
        assert_eq!(line("hält ⟂ \u{1b}[2J\u{7}\u{9b}0m\r\u{202e}x"), "hält ⟂ \\u{1b}[2J\\u{7}\\u{9b}0m\\r\\u{202e}x");
        assert_eq!(line("one\nhint: two"), "one\\nhint: two");
    }

    #[test]
    fn a_message_keeps_its_lines_set_in() {
        assert_eq!(message("panicked at src/lib.rs:1:2:\r\nhint: do"), "panicked at src/lib.rs:1:2:\n    hint: do");
    }
}
