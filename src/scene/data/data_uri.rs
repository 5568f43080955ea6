//! `data:` URIs (RFC 2397), base64 or percent-encoded, of any media type or none.

use crate::scene::SceneError;
use crate::scene::budget::Budget;
use crate::scene::error::invalid;
use crate::scene::file::document::quote;

/// Decodes a data URI; counts the bytes before it makes room for them.
pub(in crate::scene) fn decode(uri: &[u8], budget: &mut Budget) -> Result<Vec<u8>, SceneError> {
    let Some(rest) = after_scheme(uri) else {
        return Err(SceneError::ExternalUri(format!(
            "the URI {} leads outside the file; only data: URIs are read.",
            quote(uri)
        )));
    };
    let Some((is_base64, payload)) = payload(rest) else {
        let uri = quote(uri);
        return Err(invalid(format!("the data URI {uri} has no comma.")));
    };
    if !is_base64 {
        budget.decoded_bytes(payload.len())?;
        return percent_decode(payload);
    }
    budget.decoded_bytes(payload.len() / 4 * 3 + 2)?;
    base64(payload)
        .or_else(|| base64(&percent_decode(payload).ok()?))
        .ok_or_else(|| invalid(format!("the data URI {} is not valid base64.", quote(uri))))
}

/// How many bytes a data URI decodes to, if it is well formed; none for a URI of another kind.
pub(in crate::scene) fn decoded_length(uri: &[u8]) -> Option<usize> {
    let (is_base64, mut text) = payload(after_scheme(uri)?)?;
    if is_base64 {
        for padding in [&b"="[..], b"=", b"%3D", b"%3D", b"%3d", b"%3d"] {
            text = text.strip_suffix(padding).unwrap_or(text);
        }
    }
    let escapes = memchr::memchr_iter(b'%', text).count();
    let characters = text.len().checked_sub(2 * escapes)?;
    Some(if is_base64 {
        characters / 4 * 3 + characters % 4 * 3 / 4
    } else {
        characters
    })
}

/// What a data URI has after its comma, and whether that is base64; `rest` is what follows the scheme.
fn payload(rest: &[u8]) -> Option<(bool, &[u8])> {
    let comma = memchr::memchr(b',', rest)?;
    let (header, [_, payload @ ..]) = rest.split_at_checked(comma)? else {
        return None;
    };
    let is_base64 = header
        .len()
        .checked_sub(b";base64".len())
        .and_then(|start| header.get(start..))
        .is_some_and(|end| end.eq_ignore_ascii_case(b";base64"));
    Some((is_base64, payload))
}

/// Whether a URI holds its data itself.
pub(in crate::scene) fn is_one(uri: &[u8]) -> bool {
    after_scheme(uri).is_some()
}

/// What follows `data:`, or none if it is a URI of another kind.
fn after_scheme(uri: &[u8]) -> Option<&[u8]> {
    let (scheme, rest) = uri.split_first_chunk::<5>()?;
    scheme.eq_ignore_ascii_case(b"data:").then_some(rest)
}

/// Decodes base64, padded or not.
fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let text = text.strip_suffix(b"=").unwrap_or(text);
    let text = text.strip_suffix(b"=").unwrap_or(text);
    base64_simd::STANDARD_NO_PAD.decode_to_vec(text).ok()
}

fn percent_decode(text: &[u8]) -> Result<Vec<u8>, SceneError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first != b'%' {
            bytes.push(first);
            continue;
        }
        let digit = |at: usize| char::from(*after.get(at)?).to_digit(16);
        let byte = digit(0).zip(digit(1)).map(|(high, low)| high * 16 + low);
        let byte = byte
            .and_then(|byte| u8::try_from(byte).ok())
            .ok_or_else(|| {
                invalid("a data URI has a % that two hexadecimal digits do not follow.")
            })?;
        bytes.push(byte);
        rest = after.get(2..).unwrap_or_default();
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::scene::Limits;

    fn decoded(uri: &str) -> Result<Vec<u8>, String> {
        let decoded = decode(uri.as_bytes(), &mut Budget::new(&Limits::default()));
        if let Ok(bytes) = &decoded {
            assert_eq!(decoded_length(uri.as_bytes()), Some(bytes.len()), "{uri}");
        }
        decoded.map_err(|e| e.to_string())
    }

    #[test]
    fn base64_with_any_media_type_and_padding() {
        for uri in [
            "data:application/octet-stream;base64,/+8B",
            "data:;base64,/+8B",
            "DATA:image/png;charset=utf-8;BASE64,/+8B",
            "data:;base64,%2F%2b8B",
        ] {
            assert_eq!(decoded(uri).unwrap(), [0xff, 0xef, 1], "{uri}");
        }
        for uri in ["data:;base64,/+8=", "data:;base64,/+8"] {
            assert_eq!(decoded(uri).unwrap(), [0xff, 0xef], "{uri}");
        }
        for uri in [
            "data:;base64,/w==",
            "data:;base64,/w",
            "data:;base64,%2Fw%3D%3D",
        ] {
            assert_eq!(decoded(uri).unwrap(), [0xff], "{uri}");
        }
        assert_eq!(decoded("data:;base64,").unwrap(), b"");
    }

    #[test]
    fn percent_encoding() {
        assert_eq!(decoded("data:,a%00%fFb").unwrap(), b"a\0\xffb");
        assert_eq!(decoded("data:text/plain,").unwrap(), b"");
    }

    #[test]
    fn malformed_data_is_refused() {
        assert_eq!(
            decoded("data:;base64,A*==").unwrap_err(),
            "scene: the data URI \"data:;base64,A*==\" is not valid base64."
        );
        assert_eq!(
            decoded("data:base64").unwrap_err(),
            "scene: the data URI \"data:base64\" has no comma."
        );
        for uri in ["data:,%", "data:,%4", "data:,%zz", "data:,%+1"] {
            assert_eq!(
                decoded(uri).unwrap_err(),
                "scene: a data URI has a % that two hexadecimal digits do not follow."
            );
        }
    }

    #[test]
    fn other_uris_lead_outside() {
        let long = format!("http://example.com/{}", "x".repeat(100));
        let quoted = format!("http://example.com/{}", "x".repeat(41));
        for (uri, quoted) in [
            ("model.bin", "\"model.bin\""),
            ("", "\"\""),
            (&*long, &*format!("\"{quoted}\"...")),
        ] {
            assert_eq!(
                decoded(uri).unwrap_err(),
                format!(
                    "scene: the URI {quoted} leads outside the file; only data: URIs are read."
                )
            );
        }
    }

    #[test]
    fn the_size_is_counted_first() {
        let limits = Limits {
            decoded_bytes: 5,
            ..Limits::default()
        };
        let mut budget = Budget::new(&limits);
        decode(b"data:;base64,AAAA", &mut budget).unwrap();
        assert_eq!(
            decode(b"data:,abc", &mut budget).unwrap_err().to_string(),
            "scene: the scene has at least 8 bytes in data URIs, files and compressed geometry; the limit is 5 (--max-decoded)."
        );
    }
}
