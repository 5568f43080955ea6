//! Text in web pages.

/// Text as it may stand in a page, also within the quotes of an attribute.
pub fn escaped(text: &str) -> String {
    text.chars()
        .fold(String::with_capacity(text.len()), |mut html, c| {
            match c {
                '&' => html.push_str("&amp;"),
                '<' => html.push_str("&lt;"),
                '>' => html.push_str("&gt;"),
                '"' => html.push_str("&quot;"),
                c => html.push(c),
            }
            html
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_become_html() {
        assert_eq!(escaped("<a b=\"x\">&"), "&lt;a b=&quot;x&quot;&gt;&amp;");
    }
}
