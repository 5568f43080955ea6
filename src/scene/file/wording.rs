//! The JSON parser's words in those of glTF.

use std::borrow::Cow;

/// What is found, which the parser says first.
const FOUND: [(&str, &str); 3] = [
    ("invalid type: map,", "invalid type: object,"),
    ("invalid type: sequence,", "invalid type: array,"),
    ("invalid type: unit value,", "invalid type: null,"),
];

/// What is expected, which it says last.
const EXPECTED: [(&str, &str); 13] = [
    ("index into child of root", "an index"),
    ("index into child", "an index"),
    ("a map", "an object"),
    ("string or map", "a string"),
    ("a sequence", "an array"),
    ("unit", "null"),
    ("u8", WHOLE),
    ("u32", WHOLE),
    ("u64", WHOLE),
    ("usize", WHOLE),
    ("f32", "a number"),
    ("f64", "a number"),
    ("struct ", "an object"),
];

const WHOLE: &str = "an integer that is not negative";

/// The text without the names of Rust's types.
pub(super) fn in_words(text: &str) -> Cow<'_, str> {
    let found = FOUND.iter().find(|(found, _)| text.starts_with(found));
    let text = match found {
        Some((found, word)) => Cow::Owned(text.replacen(found, word, 1)),
        None => Cow::Borrowed(text),
    };
    let Some((head, expected)) = text.rsplit_once(", expected ") else {
        return text;
    };
    // Only integers of the file's own range get here, so that one without a sign is past the end of it.
    let integer = head.strip_prefix("invalid value: integer `");
    if integer.is_some_and(|integer| !integer.starts_with('-')) {
        return Cow::Owned(head.replacen("invalid value: ", "", 1) + " is too large");
    }
    let known = EXPECTED
        .iter()
        .find(|(name, _)| expected == *name || (name.ends_with(' ') && expected.starts_with(name)));
    match known {
        Some((_, word)) => Cow::Owned(format!("{head}, expected {word}")),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_parsers_own_words_change() {
        for (text, words) in [
            (
                "invalid type: map, expected a sequence",
                "invalid type: object, expected an array",
            ),
            (
                "invalid type: integer `5`, expected struct EmissiveStrength",
                "invalid type: integer `5`, expected an object",
            ),
            (
                "invalid value: integer `-1`, expected u32",
                "invalid value: integer `-1`, expected an integer that is not negative",
            ),
            (
                "invalid type: string \"map, expected u32\", expected f32",
                "invalid type: string \"map, expected u32\", expected a number",
            ),
            (
                "invalid length 2, expected an array of length 3",
                "invalid length 2, expected an array of length 3",
            ),
            (
                "invalid value: integer `1099511627776`, expected u32",
                "integer `1099511627776` is too large",
            ),
            ("missing field `count`", "missing field `count`"),
        ] {
            assert_eq!(in_words(text), words);
        }
    }
}
