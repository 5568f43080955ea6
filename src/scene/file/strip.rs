//! Cuts the data URIs out of JSON text before it is parsed.
//!
//! Nearly all the bytes of a scene from Drake are data URIs, and a JSON parser looks at each byte,
//! checks that it is UTF-8 and copies it. Scanning for the closing quote is several times faster.

use std::borrow::Cow;

use memchr::{memchr2, memmem};

/// How a data URI that was cut out is written in the text that is left, before its number.
///
/// A file that spells such a text itself, by escapes, gets one of its own data URIs for it.
const PLACEHOLDER: &str = "data:#";

/// JSON text, and the data URIs that were cut out of it.
#[derive(Debug)]
pub(in crate::scene) struct Stripped<'a> {
    /// The text that is left.
    pub json: Cow<'a, [u8]>,
    uris: Vec<&'a [u8]>,
}

/// Cuts all strings that start with `data:` out of `json`, none if one of them has an escape in it.
pub(in crate::scene) fn strip(json: &[u8]) -> Stripped<'_> {
    let finder = memmem::Finder::new(b"\"data:");
    let mut left = Vec::new();
    let mut uris = Vec::new();
    let (mut copied, mut from) = (0, 0);
    while let Some(found) = json.get(from..).and_then(|rest| finder.find(rest)) {
        let start = from + found + 1;
        from = start;
        let (head, tail) = json.split_at(start);
        if head.ends_with(b"\\\"") {
            continue; // An escaped quote: in the midst of a string.
        }
        let Some(length) = memchr2(b'"', b'\\', tail) else {
            break; // Not JSON; the parser will say so.
        };
        if tail.get(length) == Some(&b'\\') {
            return Stripped {
                json: json.into(),
                uris: Vec::new(),
            };
        }
        left.extend_from_slice(head.get(copied..).unwrap_or_default());
        left.extend_from_slice(format!("{PLACEHOLDER}{}", uris.len()).as_bytes());
        uris.push(tail.get(..length).unwrap_or_default());
        copied = start + length;
        from = copied + 1;
    }
    left.extend_from_slice(json.get(copied..).unwrap_or_default());
    Stripped {
        json: left.into(),
        uris,
    }
}

impl<'a> Stripped<'a> {
    /// The bytes of a URI of the parsed text: those that were cut out, or its own.
    pub fn uri<'b>(&self, uri: &'b str) -> &'b [u8]
    where
        'a: 'b,
    {
        uri.strip_prefix(PLACEHOLDER)
            .and_then(|number| self.uris.get(number.parse::<usize>().ok()?))
            .copied()
            .unwrap_or(uri.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_uris_are_cut_out_and_found_again() {
        let json = br#"{"a": "data:;base64,AAAA","b":["data:,x"], "c": "file"}"#;
        let stripped = strip(json);
        assert_eq!(
            stripped.json.as_ref(),
            br#"{"a": "data:#0","b":["data:#1"], "c": "file"}"#
        );
        assert_eq!(stripped.uri("data:#0"), b"data:;base64,AAAA");
        assert_eq!(stripped.uri("data:#1"), b"data:,x");
        assert_eq!(stripped.uri("data:#2"), b"data:#2");
        assert_eq!(stripped.uri("file"), b"file");
    }

    #[test]
    fn a_literal_placeholder_is_a_uri_like_any_other() {
        let stripped = strip(br#"["data:,x","data:#0"]"#);
        assert_eq!(stripped.uri("data:#1"), b"data:#0");
    }

    #[test]
    fn escapes_are_left_to_the_parser() {
        for json in [
            r#"{"a": "say \"data:,x\" twice"}"#,
            r#"["data:,x", "data:image\/png,y"]"#,
            r#"["data:,never closed"#,
        ] {
            let stripped = strip(json.as_bytes());
            assert_eq!(stripped.json.as_ref(), json.as_bytes(), "{json}");
        }
    }
}
