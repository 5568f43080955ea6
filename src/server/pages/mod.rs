//! The pages for people: each is a template, a style that all share and a script of its own, in one answer,
//! so that nothing else is asked for to show it. They work without scripts, and better with them.

mod form;
mod plot;
mod renders;
mod status;
mod usage;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use sha2::{Digest as _, Sha256};

use crate::html::escaped;

pub use form::{form, sample};
pub use renders::{image, scene, thumbnail};
pub use status::{live, status};

/// What fills a place in a template.
enum Part<'t> {
    /// Text, which is escaped.
    Text(&'t str),
    /// HTML, which is not.
    Html(&'t str),
}

/// A page to be filled: `{{style}}`, `{{script}}` and the names of its parts are places.
struct Page {
    template: &'static str,
    style: &'static str,
    script: &'static str,
    policy: String,
}

impl Page {
    fn new(template: &'static str, style: &'static str, script: &'static str) -> Self {
        Self {
            template,
            style,
            script,
            policy: policy(style, script),
        }
    }

    /// The page as an answer.
    fn answer(&self, parts: &[(&str, Part<'_>)]) -> HttpResponse {
        HttpResponse::Ok()
            .content_type("text/html; charset=utf-8")
            .insert_header((CACHE_CONTROL, "no-store"))
            .insert_header((CONTENT_SECURITY_POLICY, self.policy.as_str()))
            .body(self.html(parts))
    }

    fn html(&self, parts: &[(&str, Part<'_>)]) -> String {
        let fixed = [
            ("style", Part::Html(self.style)),
            ("script", Part::Html(self.script)),
        ];
        let parts: Vec<_> = fixed.iter().chain(parts).collect();
        filled(self.template, &parts)
    }
}

/// The template with `parts` at the places of their names, such as `{{name}}`. What fills a place has no
/// places.
fn filled(template: &str, parts: &[&(&str, Part<'_>)]) -> String {
    let mut html = String::with_capacity(2 * template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        html.push_str(before);
        let (name, after) = after.split_once("}}").unwrap_or((after, ""));
        match parts.iter().find(|(known, _)| *known == name) {
            Some((_, Part::Text(text))) => html.push_str(&escaped(text)),
            Some((_, Part::Html(part))) => html.push_str(part),
            None => log::error!("A page has no {name:?}."),
        }
        rest = after;
    }
    html.push_str(rest);
    html
}

/// A page has the style and the script that are written in it, asks this server only, shows what it got from
/// there or made itself, and has no place in other sites.
fn policy(style: &str, script: &str) -> String {
    let hash = |text: &str| base64_simd::STANDARD.encode_to_string(Sha256::digest(text));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; connect-src 'self'; \
         img-src 'self' data: blob:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        hash(style),
        hash(script)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_fill_their_places_and_have_none() {
        let page = Page::new(
            "<p>{{a}}</p>{{b}}<script>{{script}}</script>",
            "a {}",
            "1 < 2",
        );
        let parts = [("a", Part::Text("<{{b}}>")), ("b", Part::Html("<br>{{a}}"))];
        let html = page.html(&parts);
        assert_eq!(html, "<p>&lt;{{b}}&gt;</p><br>{{a}}<script>1 < 2</script>");
    }
}
