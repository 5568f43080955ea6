//! Cuts the data URIs out of JSON text before it is parsed.
//!
//! Nearly all the bytes of a scene from Drake are data URIs, and a JSON parser looks at each byte,
//! checks that it is UTF-8 and copies it.

use std::borrow::Cow;

use super::cutter::Cuts;
use crate::scene::Digest;

/// How a data URI that was cut out is written in the text that is left, before its number.
///
/// A file that spells such a text itself, by escapes, gets one of its own data URIs for it.
const PLACEHOLDER: &str = "data:#";

/// How long one is with a number of seven digits, bytes.
const PLACEHOLDER_BYTES: usize = 13;

/// What some editors write before the text, and JSON parsers refuse.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// JSON text, and the data URIs that were cut out of it.
#[derive(Debug)]
pub(in crate::scene) struct Stripped<'a> {
    /// The text that is left, without a byte order mark.
    pub json: Cow<'a, [u8]>,
    /// The text as the file has it.
    whole: &'a [u8],
    cuts: Cow<'a, Cuts>,
}

/// The bytes of a URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::scene) struct UriText<'b> {
    /// As the file has them.
    pub text: &'b [u8],
    /// Their digest, if it is known.
    pub digest: Option<Digest>,
}

/// The text without its byte order mark.
pub(in crate::scene) fn without_mark(json: &[u8]) -> &[u8] {
    json.strip_prefix(BYTE_ORDER_MARK).unwrap_or(json)
}

/// Cuts the data URIs out of the text in which they were found.
pub(in crate::scene) fn strip<'a>(json: &'a [u8], cuts: Cow<'a, Cuts>) -> Stripped<'a> {
    let part = |start, end| json.get(start..end).unwrap_or_default();
    let cut: usize = cuts.uris.iter().map(|uri| uri.end - uri.start).sum();
    let placeholders = cuts.uris.len() * PLACEHOLDER_BYTES;
    let mut left = Vec::with_capacity(json.len().saturating_sub(cut) + placeholders);
    let mut copied = json.len() - without_mark(json).len();
    for (number, uri) in cuts.uris.iter().enumerate() {
        left.extend_from_slice(part(copied, uri.start));
        left.extend_from_slice(PLACEHOLDER.as_bytes());
        extend_with_digits(&mut left, number);
        copied = uri.end;
    }
    let rest = part(copied, json.len());
    let left = if cuts.uris.is_empty() {
        rest.into()
    } else {
        left.extend_from_slice(rest);
        left.into()
    };
    Stripped {
        json: left,
        whole: json,
        cuts,
    }
}

/// Writes a number, for which a formatter with a text of its own takes long where there are many.
fn extend_with_digits(text: &mut Vec<u8>, number: usize) {
    if number > 9 {
        extend_with_digits(text, number / 10);
    }
    text.extend((b'0'..=b'9').nth(number % 10));
}

impl<'a> Stripped<'a> {
    /// A URI of the parsed text: one that was cut out, or its own.
    pub fn uri<'b>(&self, uri: &'b str) -> UriText<'b>
    where
        'a: 'b,
    {
        let cut_out = || {
            let number = uri.strip_prefix(PLACEHOLDER)?.parse::<usize>().ok()?;
            let place = self.cuts.uris.get(number)?;
            Some(UriText {
                text: self.whole.get(place.start..place.end)?,
                digest: self.cuts.digest(number),
            })
        };
        cut_out().unwrap_or(UriText {
            text: uri.as_bytes(),
            digest: None,
        })
    }

    /// The text as the file has it.
    pub fn whole(&self) -> &'a [u8] {
        self.whole
    }

    /// The URIs that were cut out, in their order.
    pub fn cut_out(&self) -> impl Iterator<Item = UriText<'a>> {
        let places = self.cuts.uris.iter().enumerate();
        places.map(|(number, place)| UriText {
            text: self.whole.get(place.start..place.end).unwrap_or_default(),
            digest: self.cuts.digest(number),
        })
    }

    /// The digest of the BIN chunk, if it is known.
    pub fn bin_digest(&self) -> Option<Digest> {
        self.cuts.bin
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strip_all(json: &[u8]) -> Stripped<'_> {
        strip(json, Cow::Owned(Cuts::of(json)))
    }

    #[test]
    fn data_uris_are_cut_out_and_found_again() {
        let json = br#"{"a": "data:;base64,AAAA","b":["data:,x"], "c": "file"}"#;
        for mark in [&b""[..], BYTE_ORDER_MARK] {
            let json = [mark, json].concat();
            let stripped = strip_all(&json);
            assert_eq!(
                stripped.json.as_ref(),
                br#"{"a": "data:#0","b":["data:#1"], "c": "file"}"#
            );
            let text = |uri| stripped.uri(uri).text;
            assert_eq!(text("data:#0"), b"data:;base64,AAAA");
            assert_eq!(text("data:#1"), b"data:,x");
            assert_eq!(text("data:#2"), b"data:#2");
            assert_eq!(text("file"), b"file");
        }
    }

    #[test]
    fn numbers_have_any_count_of_digits() {
        for number in [0, 7, 10, 99, 100, 1_234_567, usize::MAX] {
            let mut text = b"a".to_vec();
            extend_with_digits(&mut text, number);
            assert_eq!(text, format!("a{number}").as_bytes());
        }
        let many = format!("[{}]", vec!["\"data:,x\""; 1200].join(","));
        let stripped = strip_all(many.as_bytes());
        assert!(stripped.json.ends_with(b",\"data:#1199\"]"));
        assert_eq!(stripped.uri("data:#1199").text, b"data:,x");
    }

    #[test]
    fn a_literal_placeholder_is_a_uri_like_any_other() {
        let stripped = strip_all(br#"["data:,x","data:#0"]"#);
        assert_eq!(stripped.uri("data:#1").text, b"data:#0");
    }

    #[test]
    fn escapes_are_left_to_the_parser() {
        for json in [
            r#"{"a": "say \"data:,x\" twice"}"#,
            r#"["data:,x", "data:image\/png,y"]"#,
            r#"["data:,never closed"#,
        ] {
            let stripped = strip_all(json.as_bytes());
            assert_eq!(stripped.json.as_ref(), json.as_bytes(), "{json}");
        }
    }

    #[test]
    fn positions_of_another_text_do_no_harm() {
        let long = br#"{"a": "data:;base64,AAAA","b":["data:,x"], "c": "file"}"#;
        let stripped = strip(&long[..20], Cow::Owned(Cuts::of(long)));
        assert_eq!(stripped.uri("data:#0").text, b"data:#0");
    }
}
