//! Integers written with a fraction, such as `3.0`.
//!
//! JSON does not tell them from `3`, and some exporters write all numbers so; the parser does not
//! take them for integers.

/// The JSON text with its whole numbers written without a fraction; none if there are none.
pub(in crate::scene) fn without_fractions(json: &[u8]) -> Option<Vec<u8>> {
    let mut left = Vec::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(&byte) = json.get(at) {
        let (_, tail) = json.split_at(at);
        match byte {
            b'"' => at += string(tail),
            b'-' | b'.' | b'0'..=b'9' => {
                let is_part = |b: &&u8| matches!(b, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9');
                let number = tail.iter().take_while(is_part).count();
                let number = tail.get(..number).unwrap_or(tail);
                if let Some(digits) = whole_digits(number) {
                    left.extend_from_slice(json.get(copied..at + digits).unwrap_or_default());
                    copied = at + number.len();
                }
                at += number.len();
            }
            _ => at += 1,
        }
    }
    (copied > 0).then(|| {
        left.extend_from_slice(json.get(copied..).unwrap_or_default());
        left
    })
}

/// How much of a number such as `-3.00` is before its point; none of one that is not whole, or no
/// number at all.
fn whole_digits(number: &[u8]) -> Option<usize> {
    let point = number.iter().position(|&b| b == b'.')?;
    let (head, tail) = number.split_at(point);
    let digits = head.strip_prefix(b"-").unwrap_or(head);
    let zeros = tail.get(1..).unwrap_or_default();
    let is_whole = !digits.is_empty()
        && digits.iter().all(u8::is_ascii_digit)
        && !zeros.is_empty()
        && zeros.iter().all(|&b| b == b'0');
    is_whole.then_some(point)
}

/// The length of the string that `json` begins with.
fn string(json: &[u8]) -> usize {
    let mut at = 1;
    loop {
        match json.get(at) {
            Some(b'"') => return at + 1,
            Some(b'\\') => at += 2,
            Some(_) => at += 1,
            None => return json.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::{Value, json};

    use super::*;
    use crate::scene::testing::{load, refusal, triangle};

    #[test]
    fn only_whole_numbers_outside_strings_change() {
        let json = br#"[1.0, -2.000, 0.50, 1.05, 1.0e1, 2.0E1, 3, "4.0 \" 5.0", {"6.0\\":7.0}]"#;
        assert_eq!(
            String::from_utf8(without_fractions(json).unwrap()).unwrap(),
            r#"[1, -2, 0.50, 1.05, 1.0e1, 2.0E1, 3, "4.0 \" 5.0", {"6.0\\":7}]"#
        );
        let no_number = [
            "[0.0.0]",
            "[3.0.00.0]",
            "[1-2.0]",
            "[--1.0]",
            "[1.0.]",
            "[-.0]",
        ];
        for json in ["", "[1, 2.5]", "\"8.0", "\"\\", ".0", "1."]
            .into_iter()
            .chain(no_number)
        {
            assert_eq!(without_fractions(json.as_bytes()), None, "{json}");
        }
    }

    #[test]
    fn integers_may_have_a_fraction_of_zeros() {
        let mut scene = triangle();
        scene["scene"] = json!(0.0);
        scene["nodes"][0]["mesh"] = json!(0.0);
        scene["accessors"][0]["componentType"] = json!(5126.0);
        scene["accessors"][0]["count"] = json!(3.0);
        let loaded = load(&scene).unwrap();
        assert_eq!(
            loaded.primitives[0].positions,
            load(&triangle()).unwrap().primitives[0].positions
        );
        let set = |scene: &mut Value, mesh: f64| scene["nodes"][0]["mesh"] = json!(mesh);
        set(&mut scene, 0.5);
        let message = refusal(&scene);
        assert!(message.starts_with("scene: nodes[0].mesh: "), "{message}");
        // Cut to 32 bits it would be mesh 0.
        set(&mut scene, 4_294_967_296.0);
        let message = refusal(&scene);
        assert!(message.contains("larger than any"), "{message}");
    }
}
